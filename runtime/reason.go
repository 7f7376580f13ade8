package runtime

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A Reason says why a call failed that didn't fail by an error of its contract. It is an
// error, for errors.Is and for handlers to return:
//
//	if errors.Is(err, runtime.OverLimit) { … }
//	return nil, runtime.NotPermitted
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
	// NoCredentials: the request has no token, and needs one. Its code is 2.
	NoCredentials Reason = "no_credentials"
	// BadCredentials: the token isn't good. Its code is 3.
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
// a reason, the Reason that err is or wraps, Canceled or DeadlineExceeded for a context
// that ended, and Internal for everything else.
func ReasonOf(err error) Reason {
	var e *Error
	var r Reason
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Reason
	case errors.As(err, &r):
		return r
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

// code returns the code that goes with r. The numbers 2 and 3 are those of ToxicBuild.
func (r Reason) code() Code {
	switch r {
	case NoCredentials:
		return 2
	case BadCredentials:
		return 3
	}
	return Failed
}

// alone returns the error of a handler that returns r itself. The words for missing and
// bad tokens are ToxicBuild's, since its peers know these errors by them.
func (r Reason) alone() *Error {
	e := &Error{Code: r.code(), Reason: r, Message: r.Error()}
	switch r {
	case NoCredentials:
		e.Message = "No auth token"
	case BadCredentials:
		e.Message = "Bad auth token"
	}
	return e
}

// says reports whether a peer that sends no reasons means r by e, which only the
// reasons with a code of their own allow to know.
func (r Reason) says(e *Error) bool {
	code := r.code()
	return code != Failed && e.Code == code && e.Message == r.alone().Message
}

// local reports whether r is never on a wire.
func (r Reason) local() bool { return r == Unavailable || r == BadResponse }
