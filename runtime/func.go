package runtime

import (
	"context"
	"slices"
)

// A Func performs one call: it does what req asks for and hands the responses
// to out, in order. Connections, a Mux, an interceptor's next and a test's fake
// are all Funcs, which is why a generated client works on any of them.
//
// A Func returns when the call is over. It stops early, soon after ctx ends or
// out has returned an error.
type Func func(ctx context.Context, req *Request, out Responder) error

// A Responder receives the responses to one request, in order, one at a time.
type Responder interface {
	// Respond takes a whole body, as it is on the wire. Body is valid until
	// Respond returns. An error means that no more are wanted: the Func that
	// gets it returns.
	Respond(body Message) error
}

// ResponderFunc is a function that is a Responder.
type ResponderFunc func(body Message) error

// Respond calls f.
func (f ResponderFunc) Respond(body Message) error { return f(body) }

// An Interceptor stands around calls, on a client as well as on a server. It
// may look at req and change it, put something between out and next, call next
// once, several times or not at all.
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
