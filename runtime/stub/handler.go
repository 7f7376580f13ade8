package stub

import (
	"context"
	"iter"

	"github.com/tpp-rpc/tpp/runtime"
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
	runtime.Message
}

// Unary returns the Func that performs a by calling f: it decodes the request, and answers
// with what f returns. If f returns neither a response nor an error, the call fails.
func Unary[Req, Resp any, Q unmarshaler[Req], P message[Resp]](a *runtime.Action, f func(context.Context, *Req) (*Resp, error)) runtime.Func {
	return func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		in := new(Req)
		if err := req.Decode(ctx, Q(in)); err != nil {
			return err
		}
		resp, err := f(ctx, in)
		if err != nil {
			return runtime.Disclose(ctx, err)
		}
		if resp == nil {
			return runtime.Disclose(ctx, runtime.Internal.Errorf("%s returned neither a response nor an error", a.Name))
		}
		w := wrap(a.Reply, a, req)
		w.body = P(resp)
		return out.Respond(&w)
	}
}

// Value is Unary for a response that is no struct.
func Value[Req, Resp any, Q unmarshaler[Req], P message[Resp]](a *runtime.Action, f func(context.Context, *Req) (Resp, error)) runtime.Func {
	return Unary[Req, Resp, Q, P](a, func(ctx context.Context, req *Req) (*Resp, error) {
		resp, err := f(ctx, req)
		return &resp, err
	})
}

// Stream returns the Func that performs a by calling f: it decodes the request, sends the
// acknowledgement if the stream opens with one, then each item. The first error ends the
// stream.
func Stream[Req, Item any, Q unmarshaler[Req], P message[Item]](a *runtime.Action, f func(context.Context, *Req) iter.Seq2[Item, error]) runtime.Func {
	return func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		in := new(Req)
		if err := req.Decode(ctx, Q(in)); err != nil {
			return err
		}
		if a.Ack != "" {
			w := wrap(a.AckReply, a, req)
			w.body = new(runtime.Raw(a.Ack))
			if err := out.Respond(&w); err != nil {
				return err
			}
		}
		var item Item
		w := wrap(a.Reply, a, req)
		w.body = P(&item)
		for next, err := range f(ctx, in) {
			if err != nil {
				return runtime.Disclose(ctx, err)
			}
			item = next
			if err := out.Respond(&w); err != nil {
				return err
			}
		}
		return ctx.Err() // an iterator may end without a word when its caller has left
	}
}

// Enveloped returns f with the envelope keys of the request decoded into an E, which
// runtime.EnvelopeOf returns in f. Keys that don't fit are a bad request.
func Enveloped[E any, P unmarshaler[E]](f runtime.Func) runtime.Func {
	return func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		var e E
		var err error
		if req.Envelope == nil {
			err = codec.Unmarshal(emptyObject, P(&e))
		} else {
			err = runtime.Decode(ctx, req.Envelope, P(&e))
		}
		if err != nil && err == ctx.Err() {
			return err
		}
		if err != nil {
			bad := runtime.BadRequest.Errorf("bad envelope: %w", err)
			bad.Pointer = "" // it points into the body
			return bad
		}
		return f(runtime.WithEnvelope(ctx, e), req, out)
	}
}

var emptyObject = []byte("{}")
