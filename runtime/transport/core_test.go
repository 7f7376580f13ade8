package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/observe"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// A trace is what a generator would make of an envelope with the key request_id.
type trace struct{ RequestID string }

func (v *trace) DecodeJSON(d *codec.Decoder) {
	var seen uint64
	at := d.Object()
	for d.Member() {
		if d.Name() == "request_id" {
			seen = d.Seen(seen, 0)
			v.RequestID = d.String()
		} else {
			d.Skip()
		}
	}
	d.Require(at, seen, "request_id")
}

func raw(text string) *runtime.Raw { return new(runtime.Raw(text)) }

var discard = runtime.ResponderFunc(func(runtime.Message) error { return nil })

func newCore(t *testing.T, s *runtime.Server) *transport.Core {
	t.Helper()
	core, err := transport.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return core
}

// answer is a Func that answers.
func answer(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
	return out.Respond(raw("true"))
}

// muxOf returns a Mux that performs one action by f.
func muxOf(a *runtime.Action, f runtime.Func) *runtime.Mux {
	mux := new(runtime.Mux)
	mux.Handle(a, f)
	return mux
}

func TestNew_incomplete(t *testing.T) {
	if _, err := transport.New(&runtime.Server{Auth: runtime.Anybody}); err == nil || !strings.Contains(err.Error(), "Handler") {
		t.Errorf("New without a Handler: %v", err)
	}
	if _, err := transport.New(&runtime.Server{Handler: new(runtime.Mux)}); err == nil || !strings.Contains(err.Error(), "Anybody") {
		t.Errorf("New without an Auth: %v", err)
	}
}

// Auth sees everything that a call shows of its peer, and what it returns reaches
// Authorize, interceptors and handlers.
func TestCore_credentials(t *testing.T) {
	type groups []string
	var seen runtime.Credentials
	handled := false
	core := newCore(t, &runtime.Server{
		Auth: func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
			seen = c
			return runtime.Principal{Name: "ann", Claims: groups{"admin"}}, nil
		},
		Authorize: func(ctx context.Context, p runtime.Principal, a *runtime.Action) error {
			if e, ok := runtime.EnvelopeOf[trace](ctx); !ok || e.RequestID != "r1" {
				t.Errorf("Authorize knows the envelope %v, %v", e, ok)
			}
			if p.Claims.(groups)[0] != "admin" || a.Name != "delete" {
				t.Errorf("Authorize(%v, %v)", p, a.Name)
			}
			return nil
		},
		Handler: muxOf(&runtime.Action{Name: "delete"}, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
			handled = true
			if p := runtime.PrincipalOf(ctx); p.Name != "ann" || p.Claims.(groups)[0] != "admin" {
				t.Errorf("PrincipalOf = %v", p)
			}
			if req.Token != "" {
				t.Error("the token reaches the handler")
			}
			return out.Respond(raw("true"))
		}),
	})
	addr := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}
	err := core.Perform(t.Context(), &transport.Call{
		Request: runtime.Request{Action: "delete", Envelope: raw(`{"request_id":"r1"}`)},
		Token:   "s3cret",
		Peer:    transport.NewPeer(addr, nil),
	}, discard)
	if err != nil || !handled {
		t.Errorf("Perform: %v, handled %v", err, handled)
	}
	if seen.Token != "s3cret" || seen.Action != "delete" || seen.Peer.Addr != addr || seen.Envelope == nil {
		t.Errorf("Auth saw %+v", seen)
	}
}

func TestCore_authorize(t *testing.T) {
	var b strings.Builder
	core := newCore(t, &runtime.Server{
		Auth: func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
			return runtime.Principal{Name: c.Token}, nil
		},
		Authorize: func(_ context.Context, p runtime.Principal, a *runtime.Action) error {
			if p.Name == "ann" {
				return nil
			}
			return errors.New("bob is on leave")
		},
		Handler: func() runtime.Handler {
			mux := muxOf(&runtime.Action{Name: "delete"}, answer)
			mux.Handle(&runtime.Action{Name: "look", NoAuth: true}, answer)
			return mux
		}(),
		Log: slog.New(slog.NewTextHandler(&b, nil)),
	})
	for _, tt := range []struct {
		token, action string
		want          error
	}{
		{"ann", "delete", nil},
		{"bob", "delete", runtime.NotPermitted},
		{"bob", "look", nil},
	} {
		err := core.Perform(t.Context(), &transport.Call{Request: runtime.Request{Action: tt.action}, Token: tt.token}, discard)
		if (err == nil) != (tt.want == nil) || err != nil && (!errors.Is(err, tt.want) || strings.Contains(err.Error(), "leave")) {
			t.Errorf("%s calls %s: %v, want %v", tt.token, tt.action, err, tt.want)
		}
	}
	if err := core.Perform(t.Context(), &transport.Call{Request: runtime.Request{Action: "nope"}, Token: "bob"}, discard); err == nil || errors.Is(err, runtime.NotPermitted) {
		t.Errorf("an unknown action: %v", err)
	}
	if !strings.Contains(b.String(), "action=delete principal=bob") || !strings.Contains(b.String(), "bob is on leave") {
		t.Errorf("logged %s", b.String())
	}
}

// Envelope keys are there for interceptors and for log lines, with their types, and gone
// when the call is over.
func TestCore_envelope(t *testing.T) {
	var b strings.Builder
	var kept context.Context
	core := newCore(t, &runtime.Server{
		Auth: runtime.Anybody,
		Interceptors: []runtime.Interceptor{func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			kept = ctx
			if req.Action == "nope" {
				return next(ctx, req, out)
			}
			if e, ok := runtime.EnvelopeOf[trace](ctx); !ok || e.RequestID != "r1" {
				t.Errorf("an interceptor knows the envelope %v, %v", e, ok)
			}
			return next(ctx, req, out)
		}},
		Handler: muxOf(&runtime.Action{Name: "look"}, func(context.Context, *runtime.Request, runtime.Responder) error { panic("oops") }),
		Log:     slog.New(observe.WithEnvelope(slog.NewTextHandler(&b, nil), "request_id")),
	})
	call := func(action, keys string) {
		core.Perform(t.Context(), &transport.Call{Request: runtime.Request{Action: action, Envelope: raw(keys)}}, discard)
	}
	call("look", `{"other":1,"request_id":"r1"}`)
	if !strings.Contains(b.String(), "request_id=r1") || strings.Contains(b.String(), "other=") {
		t.Errorf("logged %s", b.String())
	}
	if e, ok := runtime.EnvelopeOf[trace](kept); !ok || e.RequestID != "r1" {
		t.Errorf("what was asked for isn't kept: %v, %v", e, ok)
	}
	call("nope", `{"request_id":"r2"}`)
	if e, ok := runtime.EnvelopeOf[trace](kept); ok {
		t.Errorf("a call that is over has the envelope %v", e)
	}
}

// A stream whose client left is a cancelled call, whatever its handler made of that.
func TestCore_streamLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stats := new(observe.Stats)
		core := newCore(t, &runtime.Server{
			Auth:         runtime.Anybody,
			Interceptors: []runtime.Interceptor{observe.Server(stats)},
			Handler: muxOf(&runtime.Action{Name: "ticks", Stream: true}, func(ctx context.Context, _ *runtime.Request, out runtime.Responder) error {
				<-ctx.Done()
				return nil
			}),
		})
		call := &transport.Call{Request: runtime.Request{Action: "ticks"}}
		time.AfterFunc(time.Second, call.Cancel)
		if err := core.Perform(t.Context(), call, discard); runtime.ReasonOf(err) != runtime.Canceled {
			t.Errorf("Perform: %v", err)
		}
		if c := stats.Counts(); len(c) != 1 || c[0].Code != "canceled" {
			t.Errorf("counted %+v", c)
		}
	})
}

// Calls of a peer without a Conn are bounded by the server's limit alone.
func TestCore_room(t *testing.T) {
	core := newCore(t, &runtime.Server{Auth: runtime.Anybody, Handler: new(runtime.Mux), Limits: runtime.Limits{Calls: 1}})
	if err := core.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := core.Acquire(ctx); err != context.Canceled {
		t.Errorf("Acquire for a second call: %v", err)
	}
	core.Release()
	if err := core.Acquire(t.Context()); err != nil {
		t.Error(err)
	}
}

// What is authorized is what is performed, whatever an interceptor makes of the request.
func TestCore_interceptorChangesRequest(t *testing.T) {
	for _, tt := range []struct {
		name, action, token string
		change              func(req *runtime.Request) *runtime.Request
		want                error
	}{
		{"an old name", "remove", "bob", func(req *runtime.Request) *runtime.Request { req.Action = "delete"; return req }, runtime.NotPermitted},
		{"a new request", "delete", "bob", func(req *runtime.Request) *runtime.Request { return &runtime.Request{Action: req.Action} }, runtime.NotPermitted},
		{"an action without token", "ping", "", func(req *runtime.Request) *runtime.Request { req.Action = "delete"; return req }, runtime.NoCredentials},
	} {
		mux := muxOf(&runtime.Action{Name: "delete"}, func(context.Context, *runtime.Request, runtime.Responder) error {
			t.Errorf("%s: the handler runs", tt.name)
			return nil
		})
		mux.Handle(&runtime.Action{Name: "ping", NoAuth: true}, answer)
		core := newCore(t, &runtime.Server{
			Auth: func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
				if c.Token == "" {
					return runtime.Principal{}, runtime.BadCredentials
				}
				return runtime.Principal{Name: c.Token}, nil
			},
			Authorize: func(context.Context, runtime.Principal, *runtime.Action) error { return errors.New("no") },
			Interceptors: []runtime.Interceptor{func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
				return next(ctx, tt.change(req), out)
			}},
			Handler: mux,
		})
		err := core.Perform(t.Context(), &transport.Call{Request: runtime.Request{Action: tt.action}, Token: tt.token}, discard)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// An interceptor may call next again: the call is still who it was.
func TestCore_nextTwice(t *testing.T) {
	tries := 0
	core := newCore(t, &runtime.Server{
		Auth: func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
			if c.Token != "good" {
				return runtime.Principal{}, runtime.BadCredentials
			}
			return runtime.Principal{}, nil
		},
		Interceptors: []runtime.Interceptor{func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			if next(ctx, req, out) == nil {
				return nil
			}
			return next(ctx, req, out)
		}},
		Handler: muxOf(&runtime.Action{Name: "flaky"}, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
			if tries++; tries == 1 {
				return errors.New("once")
			}
			return answer(ctx, req, out)
		}),
	})
	err := core.Perform(t.Context(), &transport.Call{Request: runtime.Request{Action: "flaky"}, Token: "good"}, discard)
	if err != nil || tries != 2 {
		t.Errorf("Perform: %v after %d tries", err, tries)
	}
}

// Addresses whose token is being checked aren't forgotten, however many others come.
func TestCore_manyAddresses(t *testing.T) {
	started, resume := make(chan struct{}), make(chan struct{})
	core := newCore(t, &runtime.Server{
		Auth: func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
			if c.Token == "slow" {
				close(started)
				<-resume
			}
			return runtime.Principal{}, nil
		},
		Handler: muxOf(&runtime.Action{Name: "look"}, answer),
	})
	call := func(n int, token string) *runtime.Error {
		addr := &net.TCPAddr{IP: net.IPv4(10, byte(n>>16), byte(n>>8), byte(n)), Port: 1}
		return core.Perform(t.Context(), &transport.Call{
			Request: runtime.Request{Action: "look"}, Token: token, Peer: transport.NewPeer(addr, nil),
		}, discard)
	}
	slow := make(chan *runtime.Error)
	go func() { slow <- call(0, "slow") }()
	<-started
	for n := range 5000 {
		call(n+1, strconv.Itoa(n))
	}
	close(resume)
	if err := <-slow; err != nil {
		t.Error(err)
	}
}

// A log handler that panics costs its line, and nothing else.
func TestCore_logPanics(t *testing.T) {
	var kept context.Context
	core := newCore(t, &runtime.Server{
		Auth: runtime.Anybody,
		Log:  slog.New(panicLog{slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelDebug})}),
		Handler: muxOf(&runtime.Action{Name: "look"}, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
			kept = ctx
			return answer(ctx, req, out)
		}),
	})
	if err := core.Perform(t.Context(), &transport.Call{Request: runtime.Request{Action: "look"}}, discard); err != nil {
		t.Error(err)
	}
	if kept.Err() != context.Canceled {
		t.Errorf("the context of the call ended with %v", kept.Err())
	}
}

type panicLog struct{ slog.Handler }

func (panicLog) Handle(context.Context, slog.Record) error { panic("disk full") }

// A panic is whole in the log. Of an action with secrets, the log has the type of what a
// handler panicked with, since it may quote the request.
func TestCore_logsPanics(t *testing.T) {
	for _, tt := range []struct {
		secret bool
		do     func()
		want   string
	}{
		{false, func() { panic("no user hunter2") }, `panic="no user hunter2"`},
		{true, func() { panic("no user hunter2") }, `panic="[secret] (string)"`},
		{true, func() { panic(errors.New("no user hunter2")) }, `panic="[secret] (*errors.errorString)"`},
		{true, func() { _ = []int(nil)[len("hunter2")] }, `panic="runtime error: index out of range [7] with length 0"`},
	} {
		var b strings.Builder
		core := newCore(t, &runtime.Server{
			Auth: runtime.Anybody,
			Handler: muxOf(&runtime.Action{Name: "save", Secret: tt.secret}, func(context.Context, *runtime.Request, runtime.Responder) error {
				tt.do()
				return nil
			}),
			Log: slog.New(slog.NewTextHandler(&b, nil)),
		})
		err := core.Perform(t.Context(), &transport.Call{
			Request: runtime.Request{Action: "save"}, Peer: transport.NewPeer(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}, nil),
		}, discard)
		if !errors.Is(err, runtime.Internal) || err.Message != "internal error" {
			t.Errorf("the peer is told %+v", err)
		}
		if !strings.Contains(b.String(), tt.want) || tt.secret && strings.Contains(b.String(), "hunter2") {
			t.Errorf("the log is %q, want %s in it", b.String(), tt.want)
		}
	}
}

// An error that the peer isn't told of is whole in the log, with who made the call. Of an
// action with secrets, the log has the error's type.
func TestCore_logsPrivateErrors(t *testing.T) {
	private := fmt.Errorf("saving: %w", errors.New("pq: password authentication failed for user admin"))
	for _, tt := range []struct {
		secret bool
		err    error
		want   string
	}{
		{false, private, `level=ERROR msg="call failed" action=save principal=ann peer=10.0.0.1:1 err="saving: pq: password authentication failed for user admin"`},
		{true, private, `level=ERROR msg="call failed" action=save principal=ann peer=10.0.0.1:1 err="[secret] (*fmt.wrapError)"`},
		{false, runtime.Errorf(7, "no such user"), ""},
		{false, nil, `level=ERROR msg="call failed" action=save principal=ann peer=10.0.0.1:1 err="save was not answered"`},
	} {
		var b strings.Builder
		core := newCore(t, &runtime.Server{
			Auth: func(context.Context, runtime.Credentials) (runtime.Principal, error) {
				return runtime.Principal{Name: "ann"}, nil
			},
			Handler: muxOf(&runtime.Action{Name: "save", Secret: tt.secret}, func(context.Context, *runtime.Request, runtime.Responder) error { return tt.err }),
			Log: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			}})),
		})
		err := core.Perform(t.Context(), &transport.Call{
			Request: runtime.Request{Action: "save"}, Peer: transport.NewPeer(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}, nil),
		}, discard)
		if got := strings.TrimSuffix(b.String(), "\n"); got != tt.want {
			t.Errorf("%v: logged %s\nwant %s", tt.err, got, tt.want)
		}
		if wantInternal := tt.want != ""; errors.Is(err, runtime.Internal) != wantInternal || wantInternal && err.Message != "internal error" {
			t.Errorf("%v: the peer is told %+v", tt.err, err)
		}
	}
}
