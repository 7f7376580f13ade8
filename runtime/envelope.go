package runtime

import (
	"context"

	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/internal/callctx"
)

// EnvelopeOf returns the envelope keys of the request that ctx belongs to, as the
// generated type Envelope of its contract:
//
//	e, ok := runtime.EnvelopeOf[master.Envelope](ctx)
//
// It works on a server: in handlers, in interceptors, in Authorize and in log handlers. In
// a handler of a contract with envelope keys it always reports true. Elsewhere it reports
// false if ctx isn't that of a call on a server, if the request has no envelope keys or
// keys that don't fit E, and if the call is over.
func EnvelopeOf[E any, P interface {
	*E
	codec.Unmarshaler
}](ctx context.Context) (E, bool) {
	if e, ok := ctx.Value(envelopeKey[E]{}).(*E); ok {
		return *e, true
	}
	var e E
	m, ok := ctx.Value(callctx.Envelope{}).(*Raw)
	if !ok || m == nil || codec.Unmarshal(*m, P(&e)) != nil {
		var none E
		return none, false
	}
	return e, true
}

// WithEnvelope returns a context in which EnvelopeOf returns e, for tests of handlers.
func WithEnvelope[E any](ctx context.Context, e E) context.Context {
	return context.WithValue(ctx, envelopeKey[E]{}, &e)
}

type envelopeKey[E any] struct{}
