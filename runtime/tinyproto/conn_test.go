package tinyproto_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// pair returns the two ends of a connection in memory.
func pair(t *testing.T, cfg tinyproto.Config) (client, server *tinyproto.Conn) {
	t.Helper()
	near, far := wiretest.Pipe()
	opened := make(chan error)
	go func() {
		var err error
		server, err = tinyproto.Accepted(t.Context(), far, cfg)
		opened <- err
	}()
	client, err := tinyproto.Open(t.Context(), near, cfg)
	if err := errors.Join(err, <-opened); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		server.Close()
	})
	return client, server
}

// raw returns a connection and the bytes of its peer's end, after the greetings.
func raw(t *testing.T, cfg tinyproto.Config, open func(context.Context, net.Conn, tinyproto.Config) (*tinyproto.Conn, error)) (*tinyproto.Conn, *wiretest.Conn) {
	t.Helper()
	near, far := wiretest.Pipe()
	io.WriteString(far, "\xff")
	c, err := open(t.Context(), near, cfg)
	if err != nil {
		t.Fatal(err)
	}
	read(t, far, 1)
	t.Cleanup(func() {
		c.Close()
		far.Close()
	})
	return c, far
}

// read returns the next n bytes of r.
func read(t *testing.T, r io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestConn_bothBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, tinyproto.Config{})
		for range 10 {
			var wait sync.WaitGroup
			for _, c := range []*tinyproto.Conn{client, server} {
				wait.Go(func() {
					if err := c.Transmit(t.Context(), []byte("hello")); err != nil {
						t.Errorf("Transmit: %v", err)
					}
				})
			}
			wait.Wait()
			for _, c := range []*tinyproto.Conn{client, server} {
				if msg, err := c.Receive(t.Context()); err != nil || string(msg) != "hello" {
					t.Errorf("Receive() = %q, %v", msg, err)
				}
			}
		}
	})
}

// Both ends send at any time, and receive what arrives.
func TestConn_noTurns(t *testing.T) {
	t.Run("plain", func(t *testing.T) { noTurns(t, 2000, nil, nil) })
	t.Run("TLS", func(t *testing.T) {
		web := httptest.NewUnstartedServer(nil)
		web.StartTLS()
		defer web.Close()
		roots := x509.NewCertPool()
		roots.AddCert(web.Certificate())
		noTurns(t, 500, web.TLS, &tls.Config{RootCAs: roots, ServerName: "example.com"})
	})
}

func noTurns(t *testing.T, n int, serverTLS, clientTLS *tls.Config) {
	opened := make(chan *tinyproto.Conn, 1)
	hold := make(chan struct{})
	server := &tinyproto.Server{Opened: func(c *tinyproto.Conn) { opened <- c }}
	server.Loop.Before = func(context.Context, *tinyproto.Conn) error {
		<-hold // the test does it all
		return nil
	}
	listener, err := tinyproto.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var l net.Listener = listener
	if serverTLS != nil {
		l = tls.NewListener(l, serverTLS)
	}
	ended := make(chan error)
	go func() { ended <- server.Serve(context.Background(), l) }()
	client, err := (&tinyproto.Dialer{TLS: clientTLS}).Dial(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for i, c := range []*tinyproto.Conn{client, <-opened} {
		wait.Go(func() {
			for j := range n {
				if err := c.Transmit(t.Context(), fmt.Append(nil, i, j)); err != nil {
					t.Errorf("end %d: Transmit: %v", i, err)
					c.Close()
					return
				}
			}
		})
		wait.Go(func() {
			for j := range n {
				msg, err := c.Receive(t.Context())
				if want := fmt.Append(nil, 1-i, j); err != nil || !bytes.Equal(msg, want) {
					t.Errorf("end %d: Receive() = %q, %v, want %q", i, msg, err, want)
					c.Close()
					return
				}
			}
		})
	}
	wait.Wait()
	close(hold)
	client.Close()
	server.Stop()
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// A peer that has begun a message at the same time, and then doesn't give way, is given up
// soon. The end that dialed waits for its answer, the other one for its message.
func TestConn_peerStopsCrossed(t *testing.T) {
	for name, open := range map[string]func(context.Context, net.Conn, tinyproto.Config) (*tinyproto.Conn, error){
		"dialed": tinyproto.Open, "accepted": tinyproto.Accepted,
	} {
		for answered, want := range map[bool]time.Duration{false: time.Second, true: 250 * time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				c, peer := raw(t, tinyproto.Config{}, open)
				if answered { // a message first, so that it's known how fast the peer is
					go func() {
						read(t, peer, 4)
						time.Sleep(time.Millisecond)
						io.WriteString(peer, "\xff")
						read(t, peer, 5)
					}()
					if err := c.Transmit(t.Context(), []byte("hello")); err != nil {
						t.Fatal(err)
					}
				}
				go func() {
					synctest.Wait()
					io.WriteString(peer, "\x01\x00\x00\x00")
				}()
				began := time.Now()
				err := c.Transmit(t.Context(), []byte("hello"))
				if took := time.Since(began); !errors.Is(err, tinyproto.ErrCrossed) || took != want {
					t.Errorf("%s: %v after %v, want %v after %v", name, err, took, tinyproto.ErrCrossed, want)
				}
				if _, again := c.Receive(t.Context()); again != err {
					t.Errorf("%s: Receive: %v, want the same", name, again)
				}
			})
		}
	}
}

// A peer that stops at any point is given up after Timeout.
func TestConn_peerStops(t *testing.T) {
	receive := func(ctx context.Context, c *tinyproto.Conn) error {
		_, err := c.Receive(ctx)
		return err
	}
	transmit := func(ctx context.Context, c *tinyproto.Conn) error {
		return c.Transmit(ctx, make([]byte, 1<<20))
	}
	for _, test := range []struct {
		name, sent string
		do         func(context.Context, *tinyproto.Conn) error
		want       string
	}{
		{"in a size", "\x00\x00", receive, "receiving a size"},
		{"in a message", "\x00\x00\x00\x05ab", receive, "receiving a message"},
		{"before a message", "\x00\x00\x00\x05", receive, "receiving a message"},
		{"before an answer", "", transmit, "waiting for the peer's word"},
		{"before it has taken a message", "\xff", transmit, "sending"},
		{"in a size instead of an answer", "\x01\x00", transmit, "receiving a size"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, peer := raw(t, tinyproto.Config{Timeout: 3 * time.Second}, tinyproto.Open)
				began := time.Now()
				go func() {
					if strings.HasPrefix(test.want, "sending") {
						read(t, peer, 4)
					}
					synctest.Wait() // so that what is sent comes in place of an answer
					io.WriteString(peer, test.sent)
				}()
				err := test.do(t.Context(), c)
				if !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want a timeout while %s", err, test.want)
				}
				if took := time.Since(began); took != 3*time.Second {
					t.Errorf("it took %v", took)
				}
				if again := test.do(t.Context(), c); again != err {
					t.Errorf("the next time it's %v, want the same", again)
				}
			})
		})
	}
}

// A message may take any time if it arrives steadily.
func TestConn_slowPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := raw(t, tinyproto.Config{Timeout: 3 * time.Second}, tinyproto.Open)
		left := make(chan struct{})
		defer func() { <-left }()
		go func() {
			defer close(left)
			io.WriteString(peer, "\x00\x10\x00\x00") // 1 MiB
			for range 16 {
				time.Sleep(2900 * time.Millisecond)
				peer.Write(make([]byte, 64<<10))
			}
			io.WriteString(peer, "\x00\x10\x00\x00")
			for {
				time.Sleep(100 * time.Millisecond)
				if _, err := peer.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		}()
		if msg, err := c.Receive(t.Context()); len(msg) != 1<<20 {
			t.Errorf("Receive() of 64 KiB each 2.9 s: %v", err)
		}
		if _, err := c.Receive(t.Context()); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Receive() of 1 kB each 0.1 s: %v", err)
		}
	})
}

func TestConn_idle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := raw(t, tinyproto.Config{Idle: time.Minute}, tinyproto.Open)
		began := time.Now()
		if _, err := c.Receive(t.Context()); !errors.Is(err, tinyproto.ErrIdle) || time.Since(began) != time.Minute {
			t.Errorf("Receive() after %v: %v", time.Since(began), err)
		}
	})
}

// The end of a context between messages leaves the connection usable.
func TestConn_contextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, tinyproto.Config{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.Receive(ctx); err != context.DeadlineExceeded {
			t.Errorf("Receive() = %v", err)
		}
		if err := client.Transmit(ctx, nil); err != context.DeadlineExceeded {
			t.Errorf("Transmit() = %v", err)
		}
		go server.Transmit(t.Context(), []byte("hello"))
		if msg, err := client.Receive(t.Context()); err != nil || string(msg) != "hello" {
			t.Errorf("Receive() = %q, %v", msg, err)
		}
	})
}

// The end of a context in the middle of a message ends the connection.
func TestConn_contextEndsInMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := raw(t, tinyproto.Config{}, tinyproto.Open)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		io.WriteString(peer, "\x00\x00\x00\x05ab")
		if _, err := c.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Receive() = %v", err)
		}
		if _, err := c.Receive(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Receive() afterwards = %v", err)
		}
	})
}

// A peer that keeps sending doesn't prevent this end from sending, until the queue is full.
// Then this end must receive some messages.
func TestConn_flood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := raw(t, tinyproto.Config{}, tinyproto.Accepted)
		go io.Copy(io.Discard, peer)
		go func() {
			for {
				// An answer, directly followed by a message.
				if _, err := io.WriteString(peer, "\xff\x00\x00\x00\x01x"); err != nil {
					return
				}
				synctest.Wait()
			}
		}()
		for range 2 {
			var err error
			sent := 0
			for err == nil && sent < 1000 {
				if err = c.Transmit(t.Context(), []byte("hello")); err == nil {
					sent++
				}
			}
			if sent < 10 || err != tinyproto.ErrNotReceived {
				t.Errorf("%d messages were sent, then %v", sent, err)
			}
			for range sent {
				if msg, err := c.Receive(t.Context()); err != nil || string(msg) != "x" {
					t.Fatalf("Receive() = %q, %v", msg, err)
				}
			}
		}
	})
}

func TestConn_transforms(t *testing.T) {
	// Each adds its mark and removes it.
	mark := func(m byte) tinyproto.Transform {
		return tinyproto.Transform{
			Out: func(msg []byte) ([]byte, error) { return append(bytes.Clone(msg), m), nil },
			In: func(msg []byte) ([]byte, error) {
				rest, ok := bytes.CutSuffix(msg, []byte{m})
				if !ok {
					return nil, fmt.Errorf("%q doesn't end with %q", msg, m)
				}
				return rest, nil
			},
		}
	}
	cfg := tinyproto.Config{Transforms: []tinyproto.Transform{mark('a'), {}, mark('b')}}
	synctest.Test(t, func(t *testing.T) {
		c, peer := raw(t, cfg, tinyproto.Open)
		io.WriteString(peer, "\xff")
		if err := c.TransmitFrom(t.Context(), strings.NewReader("hello"), 5); err != nil {
			t.Fatal(err)
		}
		if got := read(t, peer, 11); got != "\x00\x00\x00\x07helloab" {
			t.Errorf("sent %q", got)
		}
		io.WriteString(peer, "\x00\x00\x00\x04hiab\x00\x00\x00\x04hiba")
		var got bytes.Buffer
		if n, err := c.ReceiveTo(t.Context(), &got); err != nil || n != 2 || got.String() != "hi" {
			t.Errorf("ReceiveTo() = %q, %d, %v", &got, n, err)
		}
		if msg, err := c.Receive(t.Context()); err == nil || !strings.Contains(err.Error(), "transforming") {
			t.Errorf("Receive() = %q, %v", msg, err)
		}
	})
}

func TestConn_transmitFromTooFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := raw(t, tinyproto.Config{}, tinyproto.Open)
		io.WriteString(peer, "\xff")
		if err := c.TransmitFrom(t.Context(), strings.NewReader("four"), 5); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("TransmitFrom of 4 bytes that are said to be 5: %v", err)
		}
		if err := c.TransmitFrom(t.Context(), nil, tinyproto.MaxMessage+1); !errors.As(err, new(*tinyproto.SizeError)) {
			t.Errorf("TransmitFrom of more than MaxMessage: %v", err)
		}
	})
}
