package observe

import (
	"context"
	"slices"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// An Observer receives the events of calls, from many goroutines. All values that it gets
// are good labels: the number of different values is bounded.
type Observer interface {
	// Begin is called when a call begins.
	Begin(c Call)

	// End is called when the call has ended, with how it ended (see Label) and its
	// duration. It follows every Begin, also when the handler panics.
	End(c Call, label string, took time.Duration)
}

// A Call describes one kind of calls.
type Call struct {
	Side   Side
	Action string // Unknown if the action is unknown
	Stream bool
}

// A Side is an end of a connection.
type Side string

// The sides.
const (
	ServerSide Side = "server"
	ClientSide Side = "client"
)

// Unknown replaces the names of unknown actions, since a peer may send any number of
// names.
const Unknown = "(unknown)"

// Label returns how a call ended as a label: "0" if err is nil, the reason of an error that
// has one, such as "over_limit", otherwise the code. It is "other" for codes beyond 0 to 99
// and for unknown reasons, since a peer may send any.
func Label(err error) string {
	reason, code := runtime.ReasonOf(err), runtime.CodeOf(err)
	switch {
	case slices.Contains(reasons, reason):
		return string(reason)
	case reason != "" || code < 0 || code > 99:
		return "other"
	}
	return code.String()
}

var reasons = []runtime.Reason{
	runtime.BadRequest, runtime.UnknownAction, runtime.Unimplemented, runtime.NoCredentials, runtime.BadCredentials,
	runtime.NotPermitted, runtime.OverLimit, runtime.GoingAway, runtime.DeadlineExceeded, runtime.Canceled,
	runtime.Internal, runtime.Unavailable, runtime.BadResponse,
}

// Server returns the interceptor that tells o about a server's calls.
func Server(o Observer) runtime.Interceptor { return observe(o, ServerSide) }

// Client returns the interceptor that tells o about a client's calls.
func Client(o Observer) runtime.Interceptor { return observe(o, ClientSide) }

func observe(o Observer, side Side) runtime.Interceptor {
	return func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
		c := Call{Side: side, Action: Unknown}
		if req.Info != nil {
			c.Action, c.Stream = req.Info.Name, req.Info.Stream
		}
		began := time.Now()
		err := errPanic
		o.Begin(c)
		defer func() { o.End(c, Label(err), time.Since(began)) }()
		err = next(ctx, req, out)
		return err
	}
}
