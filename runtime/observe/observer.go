package observe

import (
	"context"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// An Observer is told of calls, from many goroutines. All that it learns makes good
// labels: there are only so many different values.
type Observer interface {
	// Begin is told that a call begins.
	Begin(c Call)

	// End is told that the call has ended with code, see Label, and how long
	// it took. It follows every Begin, also when the handler panics.
	End(c Call, code runtime.Code, took time.Duration)
}

// A Call is what tells one kind of calls from others.
type Call struct {
	Side   Side
	Action string // Unknown if no contract has it
	Stream bool
}

// A Side is an end of a connection.
type Side string

// The sides.
const (
	ServerSide Side = "server"
	ClientSide Side = "client"
)

// Unknown stands for all actions that no contract has: peers may make up any number
// of names.
const Unknown = "(unknown)"

// Label returns code as a label: its number or name, but "other" for numbers beyond
// 0 to 99, since a peer may make up those.
func Label(code runtime.Code) string {
	switch code {
	case runtime.Canceled, runtime.DeadlineExceeded, runtime.Unavailable, runtime.BadResponse:
	default:
		if code < 0 || code > 99 {
			return "other"
		}
	}
	return code.String()
}

// Server returns the interceptor that tells o of calls that come in.
func Server(o Observer) runtime.Interceptor { return observing(o, ServerSide) }

// Client returns the interceptor that tells o of calls that go out.
func Client(o Observer) runtime.Interceptor { return observing(o, ClientSide) }

func observing(o Observer, side Side) runtime.Interceptor {
	return func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
		c := Call{Side: side, Action: Unknown}
		if req.Info != nil {
			c.Action, c.Stream = req.Info.Name, req.Info.Stream
		}
		began := time.Now()
		err := errPanic
		o.Begin(c)
		defer func() { o.End(c, runtime.CodeOf(err), time.Since(began)) }()
		err = next(ctx, req, out)
		return err
	}
}
