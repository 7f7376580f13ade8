// Package tracing makes calls part of traces of OpenTelemetry:
//
//	tracing := new(tracing.Tracing)
//	srv.Interceptors = []runtime.Interceptor{tracing.Server}
//	client := slave.NewClient(runtime.Intercept(conn.Do, tracing.Client))
//
// A trace travels in two keys of a request's envelope, traceparent and tracestate, with
// the values that the W3C's Trace Context defines for headers of these names. Peers that
// don't trace ignore them.
//
// The package is a module of its own, so that only its users depend on OpenTelemetry. It
// needs the API only.
package tracing

import (
	"context"
	"errors"
	"net"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/observe"
)

// Tracing makes a span for each call: its Server and Client are interceptors. A span has
// the name of the action (unknown actions share one), the code of the call, the reason or
// name of its error, and the number of a stream's items. It never has a token, a body, or
// the text of an error. Tracing is safe for concurrent use.
type Tracing struct {
	// Provider makes the spans. If nil, it is the global provider of package otel.
	Provider trace.TracerProvider
}

// scope is the instrumentation scope of the spans.
const scope = "github.com/tpp-rpc/tpp/runtime/tracing"

func (t *Tracing) tracer() trace.Tracer {
	p := t.Provider
	if p == nil {
		p = otel.GetTracerProvider()
	}
	return p.Tracer(scope)
}

// propagator reads and writes the two keys of the envelope.
var propagator propagation.TraceContext

// Server is the interceptor for a server's calls. It continues the trace of the request,
// and removes the trace's keys from the envelope, since contracts don't have them.
func (t *Tracing) Server(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
	if req.Envelope != nil {
		carried, rest, err := split(req.Envelope)
		if err != nil {
			return err
		}
		req.Envelope = rest
		ctx = propagator.Extract(ctx, carried)
	}
	attributes := []attribute.KeyValue{attribute.String("rpc.system.name", "tpp")}
	if a, ok := runtime.PeerOf(ctx).Addr.(*net.TCPAddr); ok {
		attributes = append(attributes,
			attribute.String("network.peer.address", a.IP.String()),
			attribute.Int("network.peer.port", a.Port))
	}
	return t.perform(ctx, req, out, next, trace.SpanKindServer, attributes)
}

// Client is the interceptor for a client's calls. It sends the trace with the request.
func (t *Tracing) Client(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
	send := func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		carried := make(propagation.MapCarrier)
		propagator.Inject(ctx, carried)
		if len(carried) == 0 {
			return next(ctx, req, out)
		}
		if req.Envelope != nil { // such as the envelope of a request that a gateway forwards
			_, rest, err := split(req.Envelope)
			if err != nil {
				return err
			}
			req.Envelope = rest
		}
		extra, err := join(req.Extra, carried) // another interceptor may have set keys
		if err != nil {
			return err
		}
		req.Extra = extra
		return next(ctx, req, out)
	}
	attributes := []attribute.KeyValue{attribute.String("rpc.system.name", "tpp")}
	return t.perform(ctx, req, out, send, trace.SpanKindClient, attributes)
}

// errPanic is the outcome of a call that ended in a panic.
var errPanic = errors.New("panic")

// perform performs a call within a span.
func (t *Tracing) perform(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func, kind trace.SpanKind, attributes []attribute.KeyValue) (err error) {
	name := observe.Unknown
	if req.Info != nil {
		name = req.Info.Name
		attributes = append(attributes, attribute.String("rpc.method", name))
	}
	ctx, span := t.tracer().Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
	if !span.IsRecording() {
		defer span.End()
		return next(ctx, req, out)
	}
	items := itemCounter{out: out}
	if req.Info != nil && req.Info.Stream {
		out = &items
	}
	err = errPanic
	defer func() {
		span.SetAttributes(attribute.String("rpc.response.status_code", runtime.CodeOf(err).String()))
		if out == &items {
			span.SetAttributes(attribute.Int("tpp.items", items.n))
		}
		if err != nil && runtime.ReasonOf(err) != runtime.Canceled {
			label := observe.Label(err)
			span.SetStatus(codes.Error, label)
			span.SetAttributes(attribute.String("error.type", label))
			if e := runtime.AsError(err); e.Name != "" {
				span.SetAttributes(attribute.String("tpp.error", e.Name))
			}
		}
		span.End()
	}()
	err = next(ctx, req, out)
	return err
}

// itemCounter counts a stream's items.
type itemCounter struct {
	out runtime.Responder
	n   int
}

// Respond counts an item and passes it on.
func (c *itemCounter) Respond(body runtime.Message) error {
	c.n++
	return c.out.Respond(body)
}
