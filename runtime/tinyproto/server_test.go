package tinyproto_test

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// A diary records events in order.
type diary struct {
	mu  sync.Mutex
	all []string
}

func (d *diary) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.all); n == 0 || d.all[n-1] != what { // passes are many
		d.all = append(d.all, what)
	}
}

// running runs f with a server in memory.
func running(t *testing.T, s *tinyproto.Server, f func(t *testing.T, l *wiretest.Listener, ended chan error)) {
	synctest.Test(t, func(t *testing.T) {
		l := wiretest.Listen()
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(t.Context(), l) }()
		f(t, l, ended)
		s.Stop()
	})
}

// open returns a client's connection to l.
func open(t *testing.T, l *wiretest.Listener) *tinyproto.Conn {
	t.Helper()
	nc, err := l.Dial()
	if err != nil {
		t.Fatal(err)
	}
	c, err := tinyproto.Open(t.Context(), nc, tinyproto.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestServer_hooks(t *testing.T) {
	var d diary
	s := &tinyproto.Server{
		Before: func(context.Context) error { d.note("server before"); return nil },
		Pass:   func(context.Context) { d.note("server pass") },
		Every:  time.Hour,
		After:  func() { d.note("server after") },
		Opened: func(*tinyproto.Conn) { d.note("opened") },
		Closed: func(_ *tinyproto.Conn, err error) { d.note("closed") },
		Loop: tinyproto.Loop{
			Before: func(context.Context, *tinyproto.Conn) error { d.note("before"); return nil },
			Message: func(_ context.Context, _ *tinyproto.Conn, msg []byte) error {
				d.note("message " + string(msg))
				return nil
			},
			Pass:  func(context.Context, *tinyproto.Conn) error { d.note("pass"); return nil },
			After: func(*tinyproto.Conn, error) { d.note("after") },
		},
	}
	running(t, s, func(t *testing.T, l *wiretest.Listener, ended chan error) {
		c := open(t, l)
		c.Transmit(t.Context(), []byte("hello"))
		time.Sleep(time.Second) // in which there are passes
		c.Transmit(t.Context(), []byte("again"))
		c.Close()
		synctest.Wait()
		time.Sleep(time.Hour)
		s.Stop()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	want := "server before, opened, before, message hello, pass, message again, pass, after, closed, server pass, server after"
	if got := strings.Join(d.all, ", "); got != want {
		t.Errorf("what happened: %s\nwant %s", got, want)
	}
}

func TestServer_hookFails(t *testing.T) {
	failure := errors.New("not today")
	s := &tinyproto.Server{Before: func(context.Context) error { return failure }}
	if err := s.Serve(t.Context(), wiretest.Listen()); err != failure {
		t.Errorf("Serve: %v, want %v", err, failure)
	}

	closed := make(chan error, 1)
	s = &tinyproto.Server{
		Loop:   tinyproto.Loop{Before: func(context.Context, *tinyproto.Conn) error { return failure }},
		Closed: func(_ *tinyproto.Conn, err error) { closed <- err },
	}
	running(t, s, func(t *testing.T, l *wiretest.Listener, _ chan error) {
		c := open(t, l)
		if _, err := c.Receive(t.Context()); err != io.EOF {
			t.Errorf("Receive: %v", err)
		}
		if err := <-closed; err != failure {
			t.Errorf("closed with %v, want %v", err, failure)
		}
	})
}

// A panic ends only its own connection.
func TestServer_panics(t *testing.T) {
	s := &tinyproto.Server{Loop: tinyproto.Loop{Message: func(ctx context.Context, c *tinyproto.Conn, msg []byte) error {
		if string(msg) == "panic" {
			panic("oh")
		}
		return c.Transmit(ctx, msg)
	}}}
	running(t, s, func(t *testing.T, l *wiretest.Listener, _ chan error) {
		one, other := open(t, l), open(t, l)
		one.Transmit(t.Context(), []byte("panic"))
		if _, err := one.Receive(t.Context()); err != io.EOF {
			t.Errorf("Receive after a panic: %v", err)
		}
		other.Transmit(t.Context(), []byte("hello"))
		if msg, err := other.Receive(t.Context()); err != nil || string(msg) != "hello" {
			t.Errorf("Receive() = %q, %v", msg, err)
		}
		other.Close()
	})
}

func TestServer_limit(t *testing.T) {
	s := &tinyproto.Server{MaxConns: 2}
	running(t, s, func(t *testing.T, l *wiretest.Listener, _ chan error) {
		first, second := open(t, l), open(t, l)
		nc, _ := l.Dial()
		if _, err := tinyproto.Open(t.Context(), nc, tinyproto.Config{}); !errors.Is(err, tinyproto.SignalConnLimit) {
			t.Errorf("Open of a third connection: %v", err)
		}
		first.Close()
		synctest.Wait()
		third := open(t, l)
		synctest.Wait()
		if n := len(s.Conns()); n != 2 {
			t.Errorf("%d connections", n)
		}
		second.Close()
		third.Close()
	})
}

// A connection without a greeting, or with a late one, is closed and makes room.
func TestServer_noGreeting(t *testing.T) {
	s := &tinyproto.Server{MaxConns: 1}
	running(t, s, func(t *testing.T, l *wiretest.Listener, _ chan error) {
		nc, _ := l.Dial()
		began := time.Now()
		b, err := io.ReadAll(nc)
		if err != nil || string(b) != "\xff" || time.Since(began) != 5*time.Second {
			t.Errorf("after %v: %q, %v", time.Since(began), b, err)
		}
		open(t, l).Close()
	})
}

func TestServer_broadcast(t *testing.T) {
	s := new(tinyproto.Server)
	s.Loop.Message = func(ctx context.Context, c *tinyproto.Conn, msg []byte) error {
		return s.Broadcast(ctx, msg, c)
	}
	running(t, s, func(t *testing.T, l *wiretest.Listener, _ chan error) {
		all := []*tinyproto.Conn{open(t, l), open(t, l), open(t, l)}
		synctest.Wait()
		go all[0].Transmit(t.Context(), []byte("hello"))
		for _, c := range all[1:] {
			if msg, err := c.Receive(t.Context()); err != nil || string(msg) != "hello" {
				t.Errorf("Receive() = %q, %v", msg, err)
			}
		}
		go s.Broadcast(t.Context(), []byte("from outside"))
		for _, c := range all {
			if msg, err := c.Receive(t.Context()); err != nil || string(msg) != "from outside" {
				t.Errorf("Receive() = %q, %v", msg, err)
			}
			c.Close()
		}
	})
}

// A handler may stop the server. What it sends after that still arrives.
func TestServer_stoppedByHandler(t *testing.T) {
	s := new(tinyproto.Server)
	s.Loop.Message = func(ctx context.Context, c *tinyproto.Conn, msg []byte) error {
		s.Stop()
		time.Sleep(time.Second)
		return c.Transmit(ctx, []byte("bye"))
	}
	running(t, s, func(t *testing.T, l *wiretest.Listener, ended chan error) {
		c, other := open(t, l), open(t, l)
		c.Transmit(t.Context(), nil)
		if msg, err := c.Receive(t.Context()); err != nil || string(msg) != "bye" {
			t.Errorf("Receive() = %q, %v", msg, err)
		}
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
		for _, c := range []*tinyproto.Conn{c, other} {
			if _, err := c.Receive(t.Context()); err != io.EOF {
				t.Errorf("Receive: %v", err)
			}
		}
		if err := s.Serve(t.Context(), wiretest.Listen()); err == nil {
			t.Error("a stopped server serves")
		}
	})
}

// A handler that doesn't return is cut after Grace.
func TestServer_cut(t *testing.T) {
	for _, tt := range []struct{ grace, want time.Duration }{
		{time.Minute, time.Minute},
		{0, 10 * time.Second},
		{-1, 0},
	} {
		s := &tinyproto.Server{Grace: tt.grace}
		s.Loop.Message = func(ctx context.Context, c *tinyproto.Conn, msg []byte) error {
			<-ctx.Done()
			return ctx.Err()
		}
		running(t, s, func(t *testing.T, l *wiretest.Listener, ended chan error) {
			c := open(t, l)
			defer c.Close()
			c.Transmit(t.Context(), nil)
			synctest.Wait()
			began := time.Now()
			s.Stop()
			if err := <-ended; err != nil || time.Since(began) != tt.want {
				t.Errorf("with Grace of %v Serve ends after %v: %v", tt.grace, time.Since(began), err)
			}
		})
	}
}

func TestServer_addresses(t *testing.T) {
	l, err := tinyproto.Listen("127.0.0.1:0", "[::1]:0", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &tinyproto.Server{Loop: tinyproto.Loop{Message: mirror}}
	ended := make(chan error)
	go func() { ended <- s.Serve(t.Context(), l) }()
	var conns []*tinyproto.Conn
	d := tinyproto.Dialer{}
	for _, addr := range l.Addrs() {
		c, err := d.Dial(t.Context(), addr.String())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	if got := d.Conns(); !slices.Equal(got, conns) {
		t.Errorf("Conns() = %v, want %v", got, conns)
	}
	if err := d.Broadcast(t.Context(), []byte("hello")); err != nil {
		t.Error(err)
	}
	for _, c := range conns {
		if msg, err := c.Receive(t.Context()); err != nil || string(msg) != "hello" {
			t.Errorf("Receive() from %v = %q, %v", c.RemoteAddr(), msg, err)
		}
	}
	d.Close()
	s.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := d.Dial(t.Context(), l.Addr().String()); err == nil {
		t.Error("a closed Dialer dials a closed server")
	}
	if _, err := tinyproto.Listen("127.0.0.1:0", "nowhere.invalid:0"); err == nil {
		t.Error("Listen at an address that isn't ours succeeds")
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
}

// A Dialer's Loop receives what the server sends, and ends with the Dialer.
func TestDialer_loop(t *testing.T) {
	addr := serve(t, &tinyproto.Server{Loop: tinyproto.Loop{Message: mirror}})
	got := make(chan string)
	ended := make(chan error, 1)
	d := tinyproto.Dialer{Loop: &tinyproto.Loop{
		Message: func(_ context.Context, _ *tinyproto.Conn, msg []byte) error {
			got <- string(msg)
			return nil
		},
		After: func(_ *tinyproto.Conn, err error) { ended <- err },
	}}
	c, err := d.Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, msg := range []string{"one", "two"} {
		if err := c.Transmit(t.Context(), []byte(msg)); err != nil {
			t.Fatal(err)
		}
		if msg2 := <-got; msg2 != msg {
			t.Errorf("got %q, want %q", msg2, msg)
		}
	}
	d.Close()
	d.Wait()
	if err := <-ended; err != nil {
		t.Errorf("the loop ended with %v", err)
	}
}
