package stub

import (
	"context"
	"iter"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// Invoke performs a through do and returns its result; the methods of
// generated clients call it. A nil request means the zero value, and a nil envelope
// means that of the client. Every error is an *Error.
func Invoke[Resp, Req any, P unmarshaler[Resp], Q message[Req]](ctx context.Context, do runtime.Func, a *runtime.Action, req *Req, envelope runtime.Message) (*Resp, error) {
	if req == nil {
		req = new(Req)
	}
	resp := new(Resp)
	u := unary{
		ctx:    ctx,
		req:    runtime.Request{Action: a.Name, Body: Q(req), Envelope: envelope, Info: a},
		action: a,
		into:   P(resp),
	}
	if err := do(ctx, &u.req, &u); err != nil {
		return nil, runtime.AsError(err)
	}
	if !u.answered {
		return nil, runtime.BadResponse.Errorf("%s was not answered", a.Name)
	}
	return resp, nil
}

// InvokeValue is Invoke for a response that is no struct. It is zero if there is an error.
func InvokeValue[Resp, Req any, P unmarshaler[Resp], Q message[Req]](ctx context.Context, do runtime.Func, a *runtime.Action, req *Req, envelope runtime.Message) (v Resp, err error) {
	resp, err := Invoke[Resp, Req, P, Q](ctx, do, a, req, envelope)
	if err == nil {
		v = *resp
	}
	return v, err
}

// A unary is a call that has one response.
type unary struct {
	ctx      context.Context // of the call
	req      runtime.Request
	action   *runtime.Action
	into     codec.Unmarshaler
	answered bool
	body     unwrapper // here, so that it isn't an allocation of its own
}

// Respond decodes the result. A second one isn't wanted.
func (u *unary) Respond(body runtime.Message) error {
	if u.answered {
		return runtime.BadResponse.Errorf("%s was answered twice", u.action.Name)
	}
	u.body = unwrap(u.action.Reply, u.action, &u.req)
	u.body.into = u.into
	if err := runtime.Decode(u.ctx, body, &u.body); err != nil {
		return badResponse(u.ctx, u.action.Name, err)
	}
	u.answered = true
	return nil
}

// InvokeStream performs a through do and returns the items; the methods of
// generated clients call it. The call begins when the loop does, runs in its
// goroutine, and ends with it: breaking out of the loop leaves the call. A nil
// request means the zero value, and a nil envelope means that of the client. An error
// is always an *Error, and is yielded last, with the zero Item.
func InvokeStream[Item, Req any, P unmarshaler[Item], Q message[Req]](ctx context.Context, do runtime.Func, a *runtime.Action, req *Req, envelope runtime.Message) iter.Seq2[Item, error] {
	if req == nil {
		req = new(Req)
	}
	return func(yield func(Item, error) bool) {
		s := stream{
			ctx:    ctx,
			req:    runtime.Request{Action: a.Name, Body: Q(req), Envelope: envelope, Info: a},
			action: a,
			acked:  a.Ack == "",
		}
		var item Item // one variable for all: the loop gets copies
		s.next = func(body runtime.Message) error {
			item = *new(Item) // what the last one points to may have been kept
			s.body.into = P(&item)
			if err := runtime.Decode(ctx, body, &s.body); err != nil {
				return badResponse(ctx, a.Name, err)
			}
			if !yield(item, nil) {
				s.left = true
				return errLeft
			}
			return nil
		}
		err := do(ctx, &s.req, &s)
		if s.left {
			return
		}
		if err == nil && a.End == runtime.EndNever {
			err = runtime.ErrStreamCut
		}
		if err != nil {
			var none Item
			yield(none, runtime.AsError(err))
		}
	}
}

// Items returns the items of a stream as values of another type. An error has no item.
func Items[From, To any](items iter.Seq2[From, error], convert func(From) To) iter.Seq2[To, error] {
	return func(yield func(To, error) bool) {
		for item, err := range items {
			var to To
			if err == nil {
				to = convert(item)
			}
			if !yield(to, err) {
				return
			}
		}
	}
}

// A stream is a call that has any number of responses.
type stream struct {
	ctx    context.Context // of the call
	req    runtime.Request
	action *runtime.Action
	body   unwrapper
	next   func(body runtime.Message) error
	begun  bool // the first response has come
	acked  bool // the acknowledgement has come, or there is none
	left   bool // the caller has broken out of its loop
}

// errLeft ends the call of a stream whose reader has broken out of its loop.
var errLeft = runtime.Canceled.Errorf("the caller has left the stream")

// Respond checks the acknowledgement, or yields an item.
func (s *stream) Respond(body runtime.Message) error {
	if s.left {
		return errLeft
	}
	if !s.begun {
		s.begun = true
		s.body = unwrap(s.action.Reply, s.action, &s.req)
	}
	if !s.acked {
		// The master's events may overtake the acknowledgement, so what isn't
		// one is an item.
		ack := unwrap(s.action.AckReply, s.action, &s.req)
		ack.ack = s.action.Ack
		if runtime.Decode(s.ctx, body, &ack) == nil {
			s.acked = true
			return nil
		}
	}
	return s.next(body)
}

// badResponse returns the error of an answer that isn't what the contract says, or that
// of ctx if it ended while this was checked.
func badResponse(ctx context.Context, action string, err error) error {
	if err == ctx.Err() {
		return err
	}
	return runtime.BadResponse.Errorf("response of %s: %w", action, err)
}
