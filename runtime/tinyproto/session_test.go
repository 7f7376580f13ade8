package tinyproto_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// sized returns a message after its size, as sent by a client that doesn't wait for the
// answer.
func sized(msg string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(msg)))) + msg
}

// TestWire_requests tests the answers to requests of every kind.
func TestWire_requests(t *testing.T) {
	const (
		hello = `{"token":"s3cret","action":"hello","body":{}}`
		reply = `{"code":0,"body":{"hello":"hi"}}`
	)
	for _, test := range []struct {
		name string
		sent []string // the messages
		want []string // the messages
	}{
		{"nothing special", []string{hello, hello}, []string{reply, reply}},
		{"an id", []string{`{"id":7,` + hello[1:]}, []string{`{"id":7,` + reply[1:]}},
		{"not JSON", []string{"hello", hello}, []string{`{"code":1,"body":{"error":"invalid JSON at byte 0: found 'h' where a value is expected"}}`, reply}},
		{"nothing", []string{"", hello}, []string{`{"code":1,"body":{"error":"empty request"}}`, reply}},
		{"a key twice", []string{`{"action":"hello","action":"x"}`}, []string{`{"code":1,"body":{"error":"key \"action\" stands twice in the envelope"}}`}},
		{"no token", []string{`{"action":"hello"}`, hello}, []string{`{"code":2,"body":{"error":"No auth token"}}`, reply}},
		{"bad token", []string{`{"token":"x","action":"hello"}`, hello}, []string{`{"code":3,"body":{"error":"Bad auth token"}}`, reply}},
		{"no action", []string{`{"token":"s3cret"}`}, []string{`{"code":1,"body":{"error":"No action found!"}}`}},
		{"a stream", []string{`{"token":"s3cret","action":"three"}`, hello}, []string{
			`{"code":0,"more":true,"body":1}`, `{"code":0,"more":true,"body":2}`, `{"code":0,"more":true,"body":3}`, `{"code":0}`, reply}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := wiretest.Listen()
				stop := serveCalls(t, l, runtime.Limits{})
				defer stop()
				nc, err := l.Dial()
				if err != nil {
					t.Fatal(err)
				}
				defer nc.Close()
				c, err := tinyproto.Open(t.Context(), nc, tinyproto.Config{})
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for i, msg := range test.sent {
					if err := c.Transmit(t.Context(), []byte(msg)); err != nil {
						t.Fatal(err)
					}
					for len(got) < len(test.want)-(len(test.sent)-1-i) {
						msg, err := c.Receive(t.Context())
						if err != nil {
							t.Fatal(err)
						}
						got = append(got, string(msg))
					}
				}
				if g, w := strings.Join(got, "\n"), strings.Join(test.want, "\n"); g != w {
					t.Errorf("got\n%s\nwant\n%s", g, w)
				}
			})
		})
	}
}

// serveCalls serves two actions on l until stop is called.
func serveCalls(t *testing.T, l net.Listener, limits runtime.Limits) (stop func()) {
	mux := new(runtime.Mux)
	mux.Handle(&runtime.Action{Name: "hello"}, respond(`{"hello":"hi"}`))
	mux.Handle(&runtime.Action{Name: "three", Stream: true}, respond("1", "2", "3"))
	s := &runtime.Server{Wire: tinyproto.Wire{}, Handler: mux, Limits: limits, Auth: oneToken}
	ended := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- s.Serve(ctx, l) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
}

// A client that doesn't wait for answers to its sizes, and sends two requests at once, gets
// both answers.
func TestWire_impatientClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := wiretest.Listen()
		defer serveCalls(t, l, runtime.Limits{})()
		nc, _ := l.Dial()
		defer nc.Close()
		const hello = `{"token":"s3cret","action":"hello"}`
		io.WriteString(nc, "\xff"+sized(hello)+sized(hello))
		want := "\xff\xff\xff" + "\x00\x00\x00\x20"
		if got := read(t, nc, len(want)); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		for i := range 2 {
			io.WriteString(nc, "\xff")
			read(t, nc, 32)
			if i == 0 {
				read(t, nc, 4)
			}
		}
	})
}

// Each time limit closes the connection.
func TestWire_times(t *testing.T) {
	limits := runtime.Limits{Header: 2 * time.Second, Body: 3 * time.Second, Idle: 4 * time.Second}
	const hello = `{"token":"s3cret","action":"hello"}`
	for _, test := range []struct {
		name, sent string
		want       time.Duration
	}{
		{"no greeting", "", 2 * time.Second},
		{"no request", "\xff", 2 * time.Second},
		{"half a size", "\xff\x00\x00", 2 * time.Second},
		{"half a request", "\xff\x00\x00\x00\x05{", 3 * time.Second},
		{"no answer to a size", "\xff" + sized(hello), 2 * time.Second},
		{"no second request", "\xff" + sized("") + "\xff", 4 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := wiretest.Listen()
				defer serveCalls(t, l, limits)()
				nc, _ := l.Dial()
				defer nc.Close()
				began := time.Now()
				// The byte that answers a size is sent when the size arrives.
				rest := test.sent
				if strings.HasSuffix(rest, "\xff") && len(rest) > 1 {
					rest = rest[:len(rest)-1]
					io.WriteString(nc, rest)
					synctest.Wait()
					rest = "\xff"
				}
				io.WriteString(nc, rest)
				io.Copy(io.Discard, nc)
				if took := time.Since(began); took != test.want {
					t.Errorf("closed after %v, want %v", took, test.want)
				}
			})
		})
	}
}

// respond returns a Func that answers with bodies.
func respond(bodies ...string) runtime.Func {
	return func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
		for _, b := range bodies {
			if err := out.Respond(new(runtime.Raw(b))); err != nil {
				return err
			}
		}
		return nil
	}
}

// oneToken is an Auth that accepts one token.
func oneToken(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
	if c.Token != "s3cret" {
		return runtime.Principal{}, runtime.BadCredentials
	}
	return runtime.Principal{Name: "ann"}, nil
}
