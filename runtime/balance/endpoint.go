package balance

import (
	"context"
	"errors"

	"github.com/tpp-rpc/tpp/runtime"
)

// An Endpoint performs calls on one peer. Each wire has its own. The Balancer calls Do and
// Connect from many goroutines at once.
type Endpoint interface {
	// Do makes one attempt of a call: it is a runtime.Func. An error that is Unseen
	// or Refused says that the peer can't have seen the call. An error with code
	// Unavailable says that it may have. Do passes responses on by Respond, so that
	// an error of out is told from these.
	Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error

	// Connect finds out whether the peer can be reached, by Backend.Dial, and whether it
	// answers, if the protocol has a question that no handler sees: then it reports
	// Answered. It may keep the connection for the next call.
	Connect(ctx context.Context) error

	// Close closes all connections and returns when the goroutines of the endpoint
	// have ended. Attempts that are under way fail with runtime.ErrClosed. It is called
	// once, after the last attempt unless Client.Grace was too short for that.
	Close()
}

// An unseenError is the error of an attempt that the peer can't have seen.
type unseenError struct {
	error
	refused bool // the peer said why
}

func (e unseenError) Unwrap() error { return e.error }

// Unseen returns err as the error of an attempt that the peer can't have seen, for
// example because its connection was no longer used. The call is made again at once.
func Unseen(err error) error { return unseenError{err, false} }

// Refused is Unseen for a peer that gave err as the reason not to serve the call.
// The third such attempt is the last, and the caller gets err.
func Refused(err error) error { return unseenError{err, true} }

// IsUnseen reports whether err is, or wraps, an error of Unseen or Refused.
func IsUnseen(err error) bool { return errors.As(err, new(unseenError)) }

// A respondError is the error of a caller's Responder. It isn't about the peer, whatever
// it wraps: that may be the Unseen of another client.
type respondError struct{ error }

func (e respondError) Unwrap() error { return e.error }

// Respond calls out. An Endpoint returns the error as it is: then the call isn't made
// again, and the caller gets the error that out returned.
func Respond(out runtime.Responder, body runtime.Message) error {
	if err := out.Respond(body); err != nil {
		return respondError{err}
	}
	return nil
}
