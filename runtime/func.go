package runtime

import (
	"context"
	"slices"
)

// A Func performs one call: it does what req asks for and hands the responses to out, in
// order. A client's Do, a Mux's Serve, an interceptor's next and a test's fake are Funcs,
// so a generated client works on any of them.
//
// A Func returns when the call is over, or soon after ctx ends or out returns an error. It
// must be safe for concurrent use.
type Func func(ctx context.Context, req *Request, out Responder) error

// A Responder receives the responses to one request, in order, one at a time.
type Responder interface {
	// Respond takes a whole body, as it is on the wire. Body is valid until Respond
	// returns. An error means that no more responses are wanted; the Func returns it.
	Respond(body Message) error
}

// ResponderFunc is a function that is a Responder.
type ResponderFunc func(body Message) error

// Respond calls f.
func (f ResponderFunc) Respond(body Message) error { return f(body) }

// An Interceptor runs around calls, on a client or on a server. It may look at req and
// change it, pass next another Responder, and call next once, several times or not at
// all. It must be safe for concurrent use.
type Interceptor func(ctx context.Context, req *Request, out Responder, next Func) error

// Intercept returns f with interceptors around it, the first one outermost.
func Intercept(f Func, interceptors ...Interceptor) Func {
	for _, i := range slices.Backward(interceptors) {
		next := f
		f = func(ctx context.Context, req *Request, out Responder) error {
			return i(ctx, req, out, next)
		}
	}
	return f
}
