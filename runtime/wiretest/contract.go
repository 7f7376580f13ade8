package wiretest

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"sync"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// This file is like generated code, for the contract that Run uses.

// A number is {"n": 5}.
type number struct{ n int64 }

func (v *number) DecodeJSON(d *codec.Decoder) {
	*v = number{}
	var seen uint64
	at := d.Object()
	for d.Member() {
		if d.Name() == "n" {
			seen = d.Seen(seen, 0)
			v.n = d.Int64()
		} else {
			d.Skip()
		}
	}
	d.Require(at, seen, "n")
}

func (v number) AppendJSON(b []byte) ([]byte, error) {
	return append(strconv.AppendInt(append(b, `{"n":`...), v.n, 10), '}'), nil
}

// A text is a string.
type text string

func (v *text) DecodeJSON(d *codec.Decoder) { *v = text(d.String()) }

func (v text) AppendJSON(b []byte) ([]byte, error) { return codec.AppendString(b, string(v)), nil }

// A message is any Message.
type message struct{ runtime.Message }

// A broken message can't be encoded.
type broken struct{}

func (broken) AppendJSON(b []byte) ([]byte, error) {
	return append(b, `{"a":[1,`...), errors.New("it broke")
}

// An unmarshaler is a pointer to a T that decodes itself.
type unmarshaler[T any] interface {
	*T
	codec.Unmarshaler
}

var (
	actionDouble = runtime.Action{Name: "double", Idempotent: true}
	actionEcho   = runtime.Action{Name: "echo"}
	actionOpen   = runtime.Action{Name: "open", NoAuth: true}
	actionRefuse = runtime.Action{Name: "refuse"}
	actionMute   = runtime.Action{Name: "mute"}
	actionTwice  = runtime.Action{Name: "twice"}
	actionBroken = runtime.Action{Name: "broken"}
	actionDenied = runtime.Action{Name: "denied"}
	actionPanic  = runtime.Action{Name: "panic"}
	actionWait   = runtime.Action{Name: "wait"}
	actionCount  = runtime.Action{Name: "count", Reply: runtime.Bare, Stream: true, Ack: `"ok"`}
	actionTicks  = runtime.Action{Name: "ticks", Stream: true}
	actionNulls  = runtime.Action{Name: "nulls", Reply: runtime.Bare, Stream: true}
	actionFlood  = runtime.Action{Name: "flood", Stream: true}

	errUnlucky = runtime.NewError(runtime.ErrorInfo{Code: 13, Name: "Unlucky", Message: "unlucky number"})
)

// A service is the state that the contract's handlers share with a test.
type service struct {
	waiting chan struct{} // gets a value when a handler begins to wait
	ended   chan error    // gets the cause of the end of a waiting handler's context
	resume  chan struct{} // makes a waiting handler answer

	mu      sync.Mutex
	reasons map[string]runtime.Reason // how each action's last call ended, on the server
}

// observe is an interceptor of the server that records how calls end.
func (s *service) observe(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
	err := next(ctx, req, out)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reasons == nil {
		s.reasons = make(map[string]runtime.Reason)
	}
	s.reasons[req.Action] = runtime.ReasonOf(err)
	return err
}

// reason returns how the last call of an action ended.
func (s *service) reason(action string) runtime.Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reasons[action]
}

func (s *service) mux() *runtime.Mux {
	m := new(runtime.Mux)
	m.Handle(&actionDouble, stub.Unary(&actionDouble, func(_ context.Context, req *number) (*number, error) {
		return &number{2 * req.n}, nil
	}))
	m.Handle(&actionEcho, stub.Unary(&actionEcho, func(_ context.Context, req *text) (*text, error) {
		return req, nil
	}))
	m.Handle(&actionOpen, stub.Unary(&actionOpen, func(ctx context.Context, req *number) (*text, error) {
		return new(text(runtime.PrincipalOf(ctx).Name)), nil
	}))
	m.Handle(&actionRefuse, stub.Unary(&actionRefuse, refuse))
	m.Handle(&actionMute, func(context.Context, *runtime.Request, runtime.Responder) error { return nil })
	m.Handle(&actionTwice, func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
		answer := new(runtime.Raw(`{"twice":"once"}`))
		return errors.Join(out.Respond(answer), out.Respond(answer))
	})
	m.Handle(&actionBroken, func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
		return out.Respond(broken{})
	})
	m.Handle(&actionDenied, func(context.Context, *runtime.Request, runtime.Responder) error { return nil })
	m.Handle(&actionPanic, stub.Unary(&actionPanic, func(context.Context, *number) (*number, error) {
		panic(private)
	}))
	m.Handle(&actionWait, stub.Unary(&actionWait, func(ctx context.Context, req *number) (*number, error) {
		s.waiting <- struct{}{}
		select {
		case <-s.resume:
			return req, nil
		case <-ctx.Done():
			s.ended <- ctx.Err()
			return nil, ctx.Err()
		}
	}))
	m.Handle(&actionCount, stub.Stream(&actionCount, s.count))
	m.Handle(&actionTicks, stub.Stream(&actionTicks, s.ticks))
	m.Handle(&actionNulls, nulls)
	m.Handle(&actionFlood, stub.Stream(&actionFlood, flood))
	s.handleUploads(m)
	m.Describe("{\n  \"tpp\": \"1\",\n  \"service\": \"test\"\n}")
	m.Describe(`{"tpp": "1"}`)
	return m
}

// count yields the numbers up to n, and an error instead of 13.
func (s *service) count(_ context.Context, req *number) iter.Seq2[number, error] {
	return func(yield func(number, error) bool) {
		for i := range req.n {
			var err error
			if i == 13 {
				err = errUnlucky
			}
			if !yield(number{i}, err) {
				return
			}
		}
	}
}

// nulls responds with two nulls, which are items like others.
func nulls(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
	for range 2 {
		if err := out.Respond(new(runtime.Raw("null"))); err != nil {
			return err
		}
	}
	return nil
}

// flood yields numbers until it is stopped, and returns no error then.
func flood(context.Context, *number) iter.Seq2[number, error] {
	return func(yield func(number, error) bool) {
		for i := int64(0); yield(number{i}, nil); i++ {
		}
	}
}

// ticks yields n numbers and then waits.
func (s *service) ticks(ctx context.Context, req *number) iter.Seq2[number, error] {
	return func(yield func(number, error) bool) {
		for i := range req.n {
			if !yield(number{i}, nil) {
				s.ended <- context.Canceled
				return
			}
		}
		s.waiting <- struct{}{}
		<-ctx.Done()
		yield(number{}, ctx.Err())
		s.ended <- ctx.Err()
	}
}
