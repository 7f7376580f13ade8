package balance

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// peerOf returns the only peer of a Balancer for c.
func peerOf(t *testing.T, c *runtime.Client) *Backend {
	b := New(c, func(*Backend) Endpoint { return nothing{} })
	t.Cleanup(func() { b.Close() })
	return (*b.backends.Load())[0]
}

// A noted connection notes that it is closed.
type noted struct {
	net.Conn
	closed bool
}

func (c *noted) Close() error { c.closed = true; return nil }

// What the protocol says first is a part of connecting.
func TestDial_greets(t *testing.T) {
	for _, greeting := range []error{nil, io.ErrUnexpectedEOF} {
		nc := new(noted)
		p := peerOf(t, &runtime.Client{Addr: "a", Dial: func(context.Context, string) (net.Conn, error) { return nc, nil }})
		got, err := p.Dial(t.Context(), func(_ context.Context, c net.Conn) error {
			if c != nc {
				t.Errorf("greet gets %v", c)
			}
			return greeting
		})
		if greeting == nil {
			if got != nc || err != nil || nc.closed || p.health.Load() != healthy {
				t.Errorf("%v, %v, closed %v, %+v", got, err, nc.closed, p.health.Load())
			}
			continue
		}
		if got != nil || !errors.Is(err, greeting) || !IsUnseen(err) || !nc.closed || p.health.Load().state != down {
			t.Errorf("%v, %v, closed %v, %+v", got, err, nc.closed, p.health.Load())
		}
		if want := "connecting to a: unexpected EOF"; err.Error() != want || runtime.ReasonOf(err) != runtime.Unavailable {
			t.Errorf("%v (%v), want %s", err, runtime.CodeOf(err), want)
		}
	}
}

// How long connecting may take.
func TestDial_timeouts(t *testing.T) {
	for _, tt := range []struct {
		addr    string
		timeout time.Duration
		ctx     time.Duration
		want    time.Duration
		state   state
	}{
		{"a", 0, time.Hour, 10 * time.Second, down},
		{"a", time.Minute, time.Hour, time.Minute, down},
		{"a", -1, time.Hour, time.Hour, well},
		{"a", 0, time.Second, time.Second, well}, // the caller was in a hurry
		{"a,b", 0, time.Hour, firstDialTimeout, down},
		{"a,b", -1, time.Hour, firstDialTimeout, down},
		{"a,b", firstDialTimeout / 2, time.Hour, firstDialTimeout / 2, down},
		{"a,reached", 0, time.Hour, 10 * time.Second, down},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := peerOf(t, &runtime.Client{Addr: tt.addr, DialTimeout: tt.timeout, Dial: func(ctx context.Context, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}})
			if tt.addr == "a,reached" {
				p.change(connected)
			}
			ctx, cancel := context.WithTimeout(t.Context(), tt.ctx)
			defer cancel()
			began := time.Now()
			_, err := p.Dial(ctx, nil)
			if took := time.Since(began); err == nil || took != tt.want || p.health.Load().state != tt.state {
				t.Errorf("%+v: %v after %v, then %+v", tt, err, took, p.health.Load())
			}
			if ours := tt.state == well; ours == IsUnseen(err) || ours && err != context.DeadlineExceeded {
				t.Errorf("%+v: %v", tt, err)
			}
		})
	}
}

// Close cuts a dial when it has waited long enough.
func TestDial_closed(t *testing.T) {
	for grace, want := range map[time.Duration]time.Duration{-1: 0, time.Second: time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c := &runtime.Client{Addr: "a", Grace: grace, DialTimeout: -1, Dial: func(ctx context.Context, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}}
			b := New(c, func(p *Backend) Endpoint { return dialing{p} })
			done := make(chan error)
			go func() { done <- invoke(t.Context(), b, &idempotent) }()
			synctest.Wait()
			began := time.Now()
			go b.Close()
			if err := <-done; err != runtime.ErrClosed || time.Since(began) != want {
				t.Errorf("Grace %v: %v after %v", grace, err, time.Since(began))
			}
		})
	}
}

// A dialing endpoint connects for each call, with the context of the call.
type dialing struct{ peer *Backend }

func (e dialing) Do(ctx context.Context, _ *runtime.Request, _ runtime.Responder) error {
	return e.Connect(ctx)
}

func (e dialing) Connect(ctx context.Context) error {
	_, err := e.peer.Dial(ctx, nil)
	return err
}

func (dialing) Close() {}

// Of many dials that fail at the same time, the first one counts.
func TestDial_failuresCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := make(chan struct{})
		p := peerOf(t, &runtime.Client{Addr: "a", Dial: func(context.Context, string) (net.Conn, error) {
			<-refuse
			return nil, io.EOF
		}})
		for range 10 {
			go p.Dial(t.Context(), nil)
		}
		synctest.Wait()
		close(refuse)
		synctest.Wait()
		if h := p.health.Load(); h.tries != 1 {
			t.Errorf("10 dials count as %d", h.tries)
		}
	})
}

// The real things: TCP, TLS and a Unix socket.
func TestDial_sockets(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	for _, tt := range []struct {
		network, addr string
		server        bool // speaks TLS
		config        *tls.Config
		err           string
	}{
		{"tcp", "127.0.0.1:0", false, nil, ""},
		{"unix", filepath.Join(t.TempDir(), "s"), false, nil, ""},
		{"tcp", "127.0.0.1:0", true, &tls.Config{RootCAs: roots}, ""}, // the host in Addr is the server
		{"tcp", "127.0.0.1:0", true, &tls.Config{RootCAs: roots, ServerName: "example.com"}, ""},
		{"tcp", "127.0.0.1:0", true, &tls.Config{InsecureSkipVerify: true}, ""},
		{"tcp", "127.0.0.1:0", true, &tls.Config{RootCAs: roots, ServerName: "other"}, "not other"},
		{"tcp", "127.0.0.1:0", true, &tls.Config{}, "certificate"},
	} {
		l, err := net.Listen(tt.network, tt.addr)
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		if tt.network == "unix" {
			addr = "unix:" + addr
		}
		if tt.server {
			l = tls.NewListener(l, web.TLS)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			if c, err := l.Accept(); err == nil {
				io.Copy(c, c)
				c.Close()
			}
		}()
		nc, err := peerOf(t, &runtime.Client{Addr: addr, TLS: tt.config}).Dial(t.Context(), nil)
		switch {
		case tt.err != "":
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%+v: %v", tt, err)
			}
		case err != nil:
			t.Errorf("%+v: %v", tt, err)
		default:
			var b [1]byte
			io.WriteString(nc, "x")
			if _, err := io.ReadFull(nc, b[:]); err != nil || b[0] != 'x' {
				t.Errorf("%+v: %q, %v", tt, b, err)
			}
		}
		if nc != nil {
			nc.Close()
		}
		<-done
		l.Close()
	}
}

// A request gets the client's token and envelope, unless it has its own.
func TestPeer_request(t *testing.T) {
	ours, theirs := new(runtime.Raw(`{"a":1}`)), new(runtime.Raw(`{"a":2}`))
	p := peerOf(t, &runtime.Client{Addr: "a", Token: "ours", Envelope: ours})
	req := &runtime.Request{Action: "x"}
	if got := p.Request(req); got.Action != "x" || got.Token != "ours" || got.Envelope != ours {
		t.Errorf("%+v", got)
	}
	if req.Token != "" || req.Envelope != nil {
		t.Errorf("the caller's request is changed: %+v", req)
	}
	if got := p.Request(&runtime.Request{Token: "theirs", Envelope: theirs}); got.Token != "theirs" || got.Envelope != theirs {
		t.Errorf("%+v", got)
	}
}

// A distant connection is one to another machine.
type distant struct {
	noted
	addr net.TCPAddr
}

func (d *distant) RemoteAddr() net.Addr { return &d.addr }

// A process warns once if tokens go through a network in clear.
func TestDial_warnsOfPlainTokens(t *testing.T) {
	was := slog.Default()
	defer slog.SetDefault(was)
	var log bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	plainWarned.Store(false)
	for _, tt := range []struct {
		token string
		ip    net.IP
		want  int // lines in the log
	}{
		{"", net.IPv4(192, 0, 2, 1), 0},
		{"s3cret", net.IPv4(127, 1, 2, 3), 0},
		{"s3cret", net.IPv6loopback, 0},
		{"s3cret", net.IPv4(192, 0, 2, 1), 1},
		{"s3cret", net.IPv4(192, 0, 2, 2), 1},
	} {
		nc := &distant{addr: net.TCPAddr{IP: tt.ip, Port: 1}}
		p := peerOf(t, &runtime.Client{Addr: "a", Token: tt.token, Dial: func(context.Context, string) (net.Conn, error) { return nc, nil }})
		if _, err := p.Dial(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if n := strings.Count(log.String(), "without TLS"); n != tt.want || strings.Contains(log.String(), "s3cret") {
			t.Errorf("token %q for %v: log %s", tt.token, tt.ip, &log)
		}
	}
}
