package tracing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// A recorder makes spans, and keeps a line for each span that has ended.
type recorder struct {
	embedded.TracerProvider

	mu    sync.Mutex
	ended []string
	spans map[string]trace.SpanContext // the last span of each kind
}

func (r *recorder) Tracer(string, ...trace.TracerOption) trace.Tracer { return &tracer{recorder: r} }

// A tracer makes the spans of a recorder.
type tracer struct {
	embedded.Tracer
	recorder *recorder
}

func (r *tracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	parent := trace.SpanContextFromContext(ctx)
	c := trace.SpanContextConfig{TraceID: parent.TraceID(), TraceState: parent.TraceState(), TraceFlags: trace.FlagsSampled}
	rand.Read(c.SpanID[:])
	if !parent.IsValid() {
		rand.Read(c.TraceID[:])
	}
	config := trace.NewSpanStartConfig(options...)
	s := &span{recorder: r.recorder, context: trace.NewSpanContext(c), parent: parent, kind: config.SpanKind(), name: name, attributes: config.Attributes()}
	return trace.ContextWithSpan(ctx, s), s
}

// A span is a span of a recorder.
type span struct {
	noop.Span
	recorder        *recorder
	context, parent trace.SpanContext
	kind            trace.SpanKind
	name            string
	attributes      []attribute.KeyValue
	status          string
}

func (s *span) IsRecording() bool                     { return true }
func (s *span) SpanContext() trace.SpanContext        { return s.context }
func (s *span) SetAttributes(a ...attribute.KeyValue) { s.attributes = append(s.attributes, a...) }
func (s *span) SetStatus(code codes.Code, words string) {
	s.status = fmt.Sprintf(" %v: %s", code, words)
}
func (s *span) TracerProvider() trace.TracerProvider { return s.recorder }

func (s *span) End(...trace.SpanEndOption) {
	line := s.kind.String() + " " + s.name
	for _, a := range s.attributes {
		line += fmt.Sprintf(" %s=%s", a.Key, a.Value.String())
	}
	r := s.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spans == nil {
		r.spans = make(map[string]trace.SpanContext)
	}
	r.spans[s.kind.String()], r.spans[s.kind.String()+"'s parent"] = s.context, s.parent
	r.ended = append(r.ended, line+s.status)
}

// take returns and removes the lines so far, in order.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := r.ended
	r.ended = nil
	slices.Sort(lines)
	return lines
}

// A trace travels from client to server in the envelope, beside the client's own keys. The
// handler sees only the client's own keys.
func TestTracing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(recorder)
		tracing := &Tracing{Provider: r}
		var envelope string
		mux := new(runtime.Mux)
		handle := func(a *runtime.Action, f runtime.Func) {
			mux.Handle(a, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
				envelope = "none"
				if req.Envelope != nil {
					b, err := req.Envelope.AppendJSON(nil)
					if err != nil {
						t.Error(err)
					}
					envelope = string(b)
				}
				return f(ctx, req, out)
			})
		}
		double := &runtime.Action{Name: "double"}
		handle(double, func(_ context.Context, req *runtime.Request, out runtime.Responder) error {
			if body, _ := req.Body.AppendJSON(nil); string(body) == `"hunter2"` {
				return errors.New("expected a number, found hunter2")
			}
			return out.Respond(new(runtime.Raw(`42`)))
		})
		numbers := &runtime.Action{Name: "numbers", Stream: true}
		handle(numbers, func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
			return errors.Join(out.Respond(new(runtime.Raw(`1`))), out.Respond(new(runtime.Raw(`2`))))
		})
		l := wiretest.Listen()
		srv := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: runtime.Anybody, Interceptors: []runtime.Interceptor{tracing.Server}}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- srv.Serve(ctx, l) }()

		const (
			server = ` rpc.system.name=tpp network.peer.address=127.0.0.1 network.peer.port=40000`
			client = ` rpc.system.name=tpp`
		)
		for _, tt := range []struct {
			name     string
			info     *runtime.Action
			body     string
			own      string // the envelope of the client
			sent     string // the envelope of the request
			envelope string
			want     []string
		}{
			{"a call", double, `21`, ``, ``, `none`, []string{
				`client double` + client + ` rpc.method=double rpc.response.status_code=0`,
				`server double` + server + ` rpc.method=double rpc.response.status_code=0`}},
			{"a stream", numbers, `2`, ``, ``, `none`, []string{
				`client numbers` + client + ` rpc.method=numbers rpc.response.status_code=0 tpp.items=2`,
				`server numbers` + server + ` rpc.method=numbers rpc.response.status_code=0 tpp.items=2`}},
			{"an error", double, `"hunter2"`, `{"user_id":"ann"}`, ``, `{"user_id":"ann"}`, []string{
				`client double` + client + ` rpc.method=double rpc.response.status_code=1 error.type=internal Error: internal`,
				`server double` + server + ` rpc.method=double rpc.response.status_code=1 error.type=internal Error: internal`}},
			{"an unknown action", nil, `1`, `{"user_id":"ann"}`, ``, ``, []string{
				`client (unknown)` + client + ` rpc.response.status_code=1 error.type=unknown_action Error: unknown_action`,
				`server (unknown)` + server + ` rpc.response.status_code=1 error.type=unknown_action Error: unknown_action`}},
			{"a trace that is passed on", double, `21`, `{"user_id":"ann"}`, `{"a":"\u00e9","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","b":[1]}`, `{"a":"\u00e9","b":[1]}`, []string{
				`client double` + client + ` rpc.method=double rpc.response.status_code=0`,
				`server double` + server + ` rpc.method=double rpc.response.status_code=0`}},
		} {
			c := &runtime.Client{Wire: tpp.Wire{}, Addr: "peer", Dial: l.DialContext}
			if tt.own != "" {
				c.Envelope = new(runtime.Raw(tt.own))
			}
			req := &runtime.Request{Action: "made up", Info: tt.info, Body: new(runtime.Raw(tt.body))}
			if tt.info != nil {
				req.Action = tt.info.Name
			}
			if tt.sent != "" {
				req.Envelope = new(runtime.Raw(tt.sent))
			}
			envelope = ""
			runtime.Intercept(c.Do, tracing.Client)(t.Context(), req, runtime.ResponderFunc(func(runtime.Message) error { return nil }))
			c.Close()
			synctest.Wait()
			if got := r.take(); !slices.Equal(got, tt.want) {
				t.Errorf("%s: spans\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			if envelope != tt.envelope {
				t.Errorf("%s: the handler sees the envelope %s, want %s", tt.name, envelope, tt.envelope)
			}
			if parent := r.spans["server's parent"]; parent.SpanID() != r.spans["client"].SpanID() || r.spans["server"].TraceID() != r.spans["client"].TraceID() || !parent.IsRemote() {
				t.Errorf("%s: the server's span isn't a child of the client's", tt.name)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestTracing_state(t *testing.T) {
	r := new(recorder)
	tracing := &Tracing{Provider: r}
	req := &runtime.Request{Action: "a", Envelope: new(runtime.Raw(`{"tracestate":"vendor=x","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}`))}
	tracing.Server(t.Context(), req, nil, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		if req.Envelope != nil {
			t.Error("the envelope isn't empty")
		}
		// A call that the handler makes continues the trace.
		return tracing.Client(ctx, new(runtime.Request), out, func(ctx context.Context, req *runtime.Request, _ runtime.Responder) error {
			b, err := req.Extra.AppendJSON(nil)
			want := fmt.Sprintf(`{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-%s-01","tracestate":"vendor=x"}`, trace.SpanContextFromContext(ctx).SpanID())
			if string(b) != want || err != nil {
				t.Errorf("sent %s, %v, want %s", b, err, want)
			}
			return nil
		})
	})
}

// Keys of another interceptor stay, except the keys of a trace.
func TestTracing_extra(t *testing.T) {
	const trace = `"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"`
	r := new(recorder)
	for extra, kept := range map[string]string{
		`{}`:                                 "",
		` { "user_id" : "ann" } `:            `"user_id":"ann",`,
		`{"a":[1, 2],` + trace + `,"é":{}}`:  `"a":[1, 2],"é":{},`,
		`{` + trace + `,"tracestate":"x=y"}`: "",
	} {
		req := &runtime.Request{Extra: new(runtime.Raw(extra))}
		err := (&Tracing{Provider: r}).Client(t.Context(), req, nil, func(_ context.Context, req *runtime.Request, _ runtime.Responder) error {
			b, err := req.Extra.AppendJSON(nil)
			if got, prefix := string(b), `{`+kept+`"traceparent":"00-`; !strings.HasPrefix(got, prefix) || strings.Contains(got, trace) {
				t.Errorf("%s: sent %s, want %s…", extra, got, prefix)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", extra, err)
		}
	}
	err := (&Tracing{Provider: r}).Client(t.Context(), &runtime.Request{Extra: new(runtime.Raw(`[]`))}, nil, func(context.Context, *runtime.Request, runtime.Responder) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "bad envelope") {
		t.Errorf("keys that aren't an object: %v", err)
	}
}

// A bad trace is ignored, and a new one begins.
func TestTracing_badTrace(t *testing.T) {
	for _, envelope := range []string{`{"traceparent":"nonsense"}`, `{"traceparent":7}`, `{"tracestate":"vendor=x"}`, `{"traceparent":null,"tracestate":{}}`} {
		r := new(recorder)
		req := &runtime.Request{Envelope: new(runtime.Raw(envelope))}
		err := (&Tracing{Provider: r}).Server(t.Context(), req, nil, func(_ context.Context, req *runtime.Request, _ runtime.Responder) error {
			if req.Envelope != nil {
				t.Errorf("%s: the keys stay in the envelope", envelope)
			}
			return nil
		})
		if err != nil || len(r.take()) != 1 || r.spans["server's parent"].IsValid() {
			t.Errorf("%s: %v, the span has the parent %v", envelope, err, r.spans["server's parent"])
		}
	}
}

// A panic ends its span and continues.
func TestTracing_panic(t *testing.T) {
	r := new(recorder)
	defer func() {
		if got := r.take(); recover() == nil || len(got) != 1 || !strings.HasSuffix(got[0], "Error: internal") {
			t.Errorf("spans %q, want one with an error, and the panic", got)
		}
	}()
	(&Tracing{Provider: r}).Client(t.Context(), new(runtime.Request), nil, func(context.Context, *runtime.Request, runtime.Responder) error { panic("oops") })
}

// Without a provider, nothing is recorded or sent.
func TestTracing_off(t *testing.T) {
	err := new(Tracing).Client(t.Context(), new(runtime.Request), nil, func(_ context.Context, req *runtime.Request, _ runtime.Responder) error {
		if req.Extra != nil {
			t.Error("a trace is sent")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
