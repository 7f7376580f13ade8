package runtime

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A Reason says why a call failed that didn't fail by an error of its contract. It is an
// error, for errors.Is:
//
//	if errors.Is(err, runtime.OverLimit) { … }
//
// Its text is what travels. A peer may send reasons that this version doesn't know.
type Reason string

// The reasons that a server gives.
const (
	// BadRequest: the request isn't what the protocol or the contract says. Error.Pointer
	// says where. A client gives this reason too, for a request that it can't encode.
	BadRequest Reason = "bad_request"
	// UnknownAction: the service has no such action.
	UnknownAction Reason = "unknown_action"
	// Unimplemented: the contract has the action, and the service doesn't perform it.
	Unimplemented Reason = "unimplemented"
	// NoCredentials: the request has no token, and needs one.
	NoCredentials Reason = "no_credentials"
	// BadCredentials: the token isn't good.
	BadCredentials Reason = "bad_credentials"
	// NotPermitted: the caller is known, and may not do that.
	NotPermitted Reason = "not_permitted"
	// OverLimit: the call, or its peer, takes more than a limit allows. A message that is
	// too long has this reason at either end.
	OverLimit Reason = "over_limit"
	// GoingAway: the server is stopping.
	GoingAway Reason = "going_away"
	// DeadlineExceeded: the deadline of the call passed, at either end.
	DeadlineExceeded Reason = "deadline_exceeded"
	// Canceled: the call was cancelled, at either end.
	Canceled Reason = "canceled"
	// Internal: the service failed in a way that isn't its caller's business. The
	// server's log says more.
	Internal Reason = "internal"
)

// The reasons that a client finds itself. They are never on a wire: of a server that calls
// others, its own peers learn that it has an internal error.
const (
	// Unavailable: the peer can't be reached, or its connection broke.
	Unavailable Reason = "unavailable"
	// BadResponse: the response isn't what the protocol or the contract says.
	BadResponse Reason = "bad_response"
)

// ReasonOf returns why err is no error of a contract: "" for nil and for an *Error without
// a reason, Canceled or DeadlineExceeded for a context that ended, and Internal for
// everything else that isn't, and doesn't wrap, an *Error.
func ReasonOf(err error) Reason {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Reason
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return DeadlineExceeded
	}
	return Internal
}

// Error returns the reason in words.
func (r Reason) Error() string { return strings.ReplaceAll(string(r), "_", " ") }

// Errorf returns an error with reason r, its code, and a formatted message; %w wraps as it
// does with fmt.Errorf. The pointer of a bad request is that of the *codec.Error that it
// wraps, if it does:
//
//	return nil, runtime.BadRequest.Errorf("the key has more than %d bytes", most)
func (r Reason) Errorf(format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	e := &Error{Code: r.code(), Reason: r, Message: err.Error(), cause: err}
	var at *codec.Error
	if r == BadRequest && errors.As(err, &at) {
		e.Pointer = at.Pointer
	}
	return e
}

// code returns the code that goes with r.
func (r Reason) code() Code {
	switch r {
	case NoCredentials:
		return NoToken
	case BadCredentials:
		return BadToken
	}
	return Failed
}

// local reports whether r is never on a wire.
func (r Reason) local() bool { return r == Unavailable || r == BadResponse }
