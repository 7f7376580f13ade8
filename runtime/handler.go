package runtime

import (
	"context"
	"iter"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// An unmarshaler is a pointer to a T that decodes itself.
type unmarshaler[T any] interface {
	*T
	codec.Unmarshaler
}

// A message is a pointer to a T that encodes itself.
type message[T any] interface {
	*T
	Message
}

// UnaryHandler returns the Func that performs a by f: it decodes the request,
// and answers with what f returns.
func UnaryHandler[Req, Resp any, Q unmarshaler[Req], P message[Resp]](a *Action, f func(context.Context, *Req) (*Resp, error)) Func {
	return func(ctx context.Context, req *Request, out Responder) error {
		in := new(Req)
		if err := req.Decode(Q(in)); err != nil {
			return badRequest(err)
		}
		resp, err := f(ctx, in)
		if err != nil {
			return err
		}
		if resp == nil {
			return Errorf(Failed, "%s returned neither a response nor an error", a.Name)
		}
		w := wrap(a.Reply, a, req)
		w.body = P(resp)
		return out.Respond(&w)
	}
}

// StreamHandler returns the Func that performs a by f: it decodes the request,
// sends the acknowledgement if the stream opens with one, then each item. The
// first error ends the stream.
func StreamHandler[Req, Item any, Q unmarshaler[Req], P message[Item]](a *Action, f func(context.Context, *Req) iter.Seq2[Item, error]) Func {
	return func(ctx context.Context, req *Request, out Responder) error {
		in := new(Req)
		if err := req.Decode(Q(in)); err != nil {
			return badRequest(err)
		}
		if a.Ack != "" {
			w := wrap(a.AckReply, a, req)
			w.body = new(Raw(a.Ack))
			if err := out.Respond(&w); err != nil {
				return err
			}
		}
		var item Item
		w := wrap(a.Reply, a, req)
		w.body = P(&item)
		for next, err := range f(ctx, in) {
			if err != nil {
				return err
			}
			item = next
			if err := out.Respond(&w); err != nil {
				return err
			}
		}
		return nil
	}
}

// badRequest tells a caller why its request can't be read.
func badRequest(err error) error {
	return &Error{Code: Failed, Message: "bad request: " + err.Error(), cause: err}
}

// WithEnvelope returns f with the request's envelope keys decoded into an E,
// which EnvelopeOf returns in f. Keys that don't fit are an error with code
// Failed.
func WithEnvelope[E any, P unmarshaler[E]](f Func) Func {
	return func(ctx context.Context, req *Request, out Responder) error {
		e := new(E)
		var err error
		if req.Envelope == nil {
			err = codec.Unmarshal(emptyObject, P(e))
		} else {
			err = decode(req.Envelope, P(e))
		}
		if err != nil {
			return &Error{Code: Failed, Message: "bad envelope: " + err.Error(), cause: err}
		}
		return f(context.WithValue(ctx, envelopeKey[E]{}, e), req, out)
	}
}

// EnvelopeOf returns the envelope keys of the request that ctx belongs to. It
// reports false if ctx isn't that of a handler registered with them.
func EnvelopeOf[E any](ctx context.Context) (E, bool) {
	if e, ok := ctx.Value(envelopeKey[E]{}).(*E); ok {
		return *e, true
	}
	var zero E
	return zero, false
}

type envelopeKey[E any] struct{}
