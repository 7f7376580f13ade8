package tinyproto_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// versions runs f with each version of the Python library.
func versions(t *testing.T, f func(t *testing.T, s peertest.Settings)) {
	t.Run("2.0.1", func(t *testing.T) { f(t, peertest.Settings{}) })
	t.Run("3.0", func(t *testing.T) { f(t, peertest.Settings{Tiny3: true}) })
}

// pattern returns a message like those of the Python programs.
func pattern(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

// sizes are the sizes of test messages.
var sizes = []int{0, 1, 4 << 10, 64 << 20}

// serve serves s at a free port until the test ends, and returns its address.
func serve(t testing.TB, s *tinyproto.Server) (addr string) {
	t.Helper()
	l, err := tinyproto.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String()
}

// dial connects to addr until the test ends.
func dial(t *testing.T, addr string, cfg tinyproto.Config) *tinyproto.Conn {
	t.Helper()
	c, err := (&tinyproto.Dialer{Config: cfg}).Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// mirror answers a message with itself.
func mirror(ctx context.Context, c *tinyproto.Conn, msg []byte) error { return c.Transmit(ctx, msg) }

// A pythonClient is a client on the Python library.
type pythonClient struct {
	t *testing.T
	*peertest.Client
}

func newPythonClient(t *testing.T, addr string, s peertest.Settings) pythonClient {
	c := pythonClient{t, peertest.Connect(t, peertest.TinyClient, addr, s)}
	c.expect("connect", nil, true)
	return c
}

// do performs a command.
func (c pythonClient) do(what string, argument any) peertest.Outcome {
	c.t.Helper()
	return c.Do(map[string]any{what: argument})
}

// expect performs a command that returns want.
func (c pythonClient) expect(what string, argument, want any) {
	c.t.Helper()
	data, _ := json.Marshal(want)
	if o := c.do(what, argument); string(o.Returned) != string(data) {
		c.t.Errorf("%s(%v) = %s, %s: %s; want %s", what, argument, o.Returned, o.Raised, o.Message, data)
	}
}

func TestServer_pythonClient(t *testing.T) {
	versions(t, func(t *testing.T, s peertest.Settings) {
		server := &tinyproto.Server{
			Config: tinyproto.Config{MaxSize: 64 << 20, Timeout: 30 * time.Second},
			Loop:   tinyproto.Loop{Message: mirror},
		}
		c := newPythonClient(t, serve(t, server), s)
		for _, size := range sizes {
			c.expect("transmit_size", size, nil)
			c.expect("receive_size", 30, size)
		}
		c.expect("transmit", "one", nil)
		c.expect("transmit", "two", nil)
		c.expect("receive", 5, "one")
		c.expect("receive", 5, "two")
		if err := server.Broadcast(t.Context(), []byte("to all")); err != nil {
			t.Errorf("Broadcast: %v", err)
		}
		c.expect("receive", 5, "to all")
		c.expect("close", nil, nil)
	})
}

func TestServer_pythonClientRefused(t *testing.T) {
	versions(t, func(t *testing.T, s peertest.Settings) {
		c := newPythonClient(t, serve(t, &tinyproto.Server{
			Config: tinyproto.Config{MaxSize: 1000},
			Loop:   tinyproto.Loop{Message: mirror},
		}), s)
		c.expect("transmit_size", 1000, nil)
		c.expect("receive_size", 5, 1000)
		if o := c.do("transmit_size", 1001); o.Raised != "TinyProtoError" || !strings.Contains(o.Message, `\x00`) {
			t.Errorf("transmit_size(1001) = %+v, want a TinyProtoError about 00", o)
		}
	})
}

func TestServer_pythonClientLimit(t *testing.T) {
	versions(t, func(t *testing.T, s peertest.Settings) {
		addr := serve(t, &tinyproto.Server{MaxConns: 1, Loop: tinyproto.Loop{Message: mirror}})
		first := newPythonClient(t, addr, s)
		second := pythonClient{t, peertest.Connect(t, peertest.TinyClient, addr, s)}
		second.expect("connect", nil, false)
		first.expect("transmit", "still there", nil)
		first.expect("receive", 5, "still there")
	})
}

func TestServer_pythonClientClosed(t *testing.T) {
	versions(t, func(t *testing.T, s peertest.Settings) {
		closed := make(chan error, 1)
		c := newPythonClient(t, serve(t, &tinyproto.Server{
			Loop: tinyproto.Loop{Message: func(ctx context.Context, c *tinyproto.Conn, msg []byte) error {
				return c.Close()
			}},
			Closed: func(c *tinyproto.Conn, err error) { closed <- err },
		}), s)
		c.expect("transmit", "bye", nil)
		if err := <-closed; err != nil {
			t.Errorf("the connection ended with %v", err)
		}
	})
}

func TestDial_pythonServer(t *testing.T) {
	versions(t, func(t *testing.T, s peertest.Settings) {
		s.Mode = "mirror"
		c := dial(t, peertest.Serve(t, peertest.TinyServer, s), tinyproto.Config{MaxSize: 64 << 20, Timeout: 30 * time.Second})
		for _, size := range sizes {
			want := pattern(size)
			if err := c.Transmit(t.Context(), want); err != nil {
				t.Fatalf("Transmit of %d bytes: %v", size, err)
			}
			if got, err := c.Receive(t.Context()); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("Receive() of %d bytes: %d, %v", size, len(got), err)
			}
			if err := c.TransmitFrom(t.Context(), bytes.NewReader(want), int64(size)); err != nil {
				t.Fatalf("TransmitFrom of %d bytes: %v", size, err)
			}
			var got bytes.Buffer
			if n, err := c.ReceiveTo(t.Context(), &got); err != nil || n != int64(size) || !bytes.Equal(got.Bytes(), want) {
				t.Fatalf("ReceiveTo() of %d bytes: %d, %v", size, n, err)
			}
		}
	})
}

func TestDial_pythonServerBegins(t *testing.T) {
	versions(t, func(t *testing.T, s peertest.Settings) {
		s.Mode = "greet"
		c := dial(t, peertest.Serve(t, peertest.TinyServer, s), tinyproto.Config{MaxSize: 1000})
		if msg, err := c.Receive(t.Context()); err != nil || string(msg) != "welcome" {
			t.Fatalf("Receive() = %q, %v", msg, err)
		}
		if err := c.Transmit(t.Context(), []byte("1001")); err != nil {
			t.Fatal(err)
		}
		tooLarge := new(tinyproto.SizeError)
		if _, err := c.Receive(t.Context()); !errors.As(err, &tooLarge) || tooLarge.Size != 1001 {
			t.Errorf("Receive() of 1001 bytes: %v", err)
		}
	})
}

func TestDial_pythonServerLimit(t *testing.T) {
	// Version 3.0 stops accepting connections.
	addr := peertest.Serve(t, peertest.TinyServer, peertest.Settings{Mode: "mirror", Limit: 1})
	dial(t, addr, tinyproto.Config{})
	_, err := tinyproto.Dial(t.Context(), addr)
	if !errors.Is(err, tinyproto.SignalError) { // it sends 254 of these instead of SignalConnLimit
		t.Errorf("Dial: %v", err)
	}
}

func TestDial_pythonServerCloses(t *testing.T) {
	versions(t, func(t *testing.T, s peertest.Settings) {
		s.Mode = "echo"
		c := dial(t, peertest.Serve(t, peertest.TinyServer, s), tinyproto.Config{})
		if err := c.Transmit(t.Context(), []byte("QUIT")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Receive(t.Context()); err != io.EOF {
			t.Errorf("Receive() after QUIT: %v", err)
		}
	})
}

// A message of one Python client reaches all clients.
func TestServer_pythonClients(t *testing.T) {
	server := new(tinyproto.Server)
	server.Loop.Message = func(ctx context.Context, c *tinyproto.Conn, msg []byte) error {
		return server.Broadcast(ctx, msg)
	}
	addr := serve(t, server)
	var clients []pythonClient
	for range 3 {
		clients = append(clients, newPythonClient(t, addr, peertest.Settings{}))
	}
	for i, c := range clients {
		text := fmt.Sprint("hello from ", i)
		c.expect("transmit", text, nil)
		for _, other := range clients {
			other.expect("receive", 5, text)
		}
	}
}

// Calls need no more than the Python library and JSON.
func TestWire_pythonClient(t *testing.T) {
	versions(t, func(t *testing.T, s peertest.Settings) {
		l, err := tinyproto.Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer serveCalls(t, l, runtime.Limits{})()
		c := newPythonClient(t, l.Addr().String(), s)
		c.expect("transmit", `{"id":1,"token":"s3cret","action":"hello","body":{}}`, nil)
		c.expect("receive", 5, `{"id":1,"code":0,"body":{"hello":"hi"}}`)
		c.expect("transmit", `{"token":"s3cret","action":"three"}`, nil)
		for i := range 3 {
			c.expect("receive", 5, fmt.Sprintf(`{"code":0,"more":true,"body":%d}`, i+1))
		}
		c.expect("receive", 5, `{"code":0}`)
		c.expect("transmit", `{"token":"wrong","action":"hello"}`, nil)
		c.expect("receive", 5, `{"code":3,"body":{"error":"Bad auth token"}}`)
		c.expect("close", nil, nil)
	})
}

// Several goroutines on one connection to a Python server: it dies when both ends begin a
// message at once. Then all of them learn so at once, and none waits for its context.
func TestConn_crossesPythonServer(t *testing.T) {
	versions(t, func(t *testing.T, s peertest.Settings) {
		s.Mode = "mirror"
		c := dial(t, peertest.Serve(t, peertest.TinyServer, s), tinyproto.Config{})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		began := time.Now()
		var last atomic.Int64 // when the last message came
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				for {
					err := c.Transmit(ctx, []byte("hello"))
					if err == nil {
						_, err = c.Receive(ctx)
					}
					if err == nil {
						last.Store(int64(time.Since(began)))
						continue
					}
					if took := time.Since(began) - time.Duration(last.Load()); took > 3*time.Second {
						t.Errorf("it took %v to learn that the peer is gone", took)
					}
					if !errors.Is(err, tinyproto.ErrCrossed) {
						t.Errorf("a goroutine learns %v, want %v", err, tinyproto.ErrCrossed)
					}
					return
				}
			})
		}
		wg.Wait()
	})
}
