package runtime

import (
	"context"
	"errors"
	"fmt"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// An Error is why a call failed. Generated clients return every error as one. A handler
// returns one, such as a sentinel of its contract, to choose what its caller is told.
// Disclose says what becomes of other errors.
//
// A peer gets the Message. The method Error returns more: the text of an error that wraps
// the Error, or that a caller isn't told.
type Error struct {
	// Code is never OK for an error that a caller gets.
	Code Code

	// Name is the error's name in its contract. It is "" if the error isn't in the
	// contract, and in responses of classic peers, which don't send it. For them,
	// errors.Is goes by code and message.
	Name string

	// Message is for people. It may be "".
	Message string

	// Reason is why the call failed. It is "" for an error of the contract.
	Reason Reason

	// Pointer is a JSON pointer into the body of a bad request, to what is wrong. It is
	// "" for the whole body, and for anything that isn't in the body.
	Pointer string

	// Data is the error's data, as the contract's schema for it says. It is nil if the
	// error has none. DataOf returns it with its type.
	Data Message

	// Body, if not nil, is sent to the peer instead of {"error": Message}, for services
	// whose peers expect another form. A caller gets it if the peer sent another form.
	Body Message

	cause error
	info  *ErrorInfo // of a sentinel, and of errors made from it
}

// Errorf returns an error with a code and a formatted message, which is for the caller of
// the handler that returns it; %w wraps as it does with fmt.Errorf. See Reason.Errorf for
// errors with a reason.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), cause: err}
}

// Errorf returns an error that is e but for its message, and has no Body. A handler gives
// the details of a sentinel so:
//
//	return nil, master.ErrUserDoesNotExist.Errorf("there is no user %q", name)
func (e *Error) Errorf(format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	same := *e
	same.Message, same.Body, same.cause = err.Error(), nil, err
	return &same
}

// WithData returns an error that is e but for its data. Generated packages have a function
// for each error of their contract that has data, which checks its type.
func (e *Error) WithData(data Message) *Error {
	same := *e
	same.Data = data
	return &same
}

// Error returns what this side knows: the message, or the text of the error around it; for
// an internal error, also what its caller isn't told.
func (e *Error) Error() string {
	switch {
	case e.Message == "" && e.cause == nil:
		return "code " + e.Code.String()
	case e.cause != nil && e.Reason == Internal && e.Message == internal:
		return internal + ": " + e.cause.Error()
	case e.cause != nil:
		return e.cause.Error()
	}
	return e.Message
}

// internal is the message of every internal error.
const internal = "internal error"

// Unwrap returns the error that e was made from on this side; nil if the peer sent it.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether e matches target: a Reason, also if a classic peer sent its words; the
// sentinel of a contract's error; or context.Canceled and context.DeadlineExceeded.
func (e *Error) Is(target error) bool {
	switch t := target.(type) {
	case Reason:
		return e.Reason == t || e.Reason == "" && e.Name == "" && t.says(e)
	case *Error:
		return t.info != nil && t.info.matches(e)
	}
	switch e.Reason {
	case Canceled:
		return target == context.Canceled
	case DeadlineExceeded:
		return target == context.DeadlineExceeded
	}
	return false
}

// DataOf returns the data of err, if that is what the sentinel stands for, has data, and
// the data is a valid T. Generated packages have such a function for each error of their
// contract that has data.
func DataOf[T any, P interface {
	*T
	codec.Unmarshaler
}](err error, sentinel *Error) (data T, ok bool) {
	var e *Error
	if !errors.As(err, &e) || !errors.Is(e, sentinel) || e.Data == nil {
		return data, false
	}
	if err := Decode(context.Background(), e.Data, P(&data)); err != nil {
		var none T
		return none, false
	}
	return data, true
}

// Errors that don't belong to any one service.
var (
	// ErrStreamCut: a stream ended without saying so, because its connection
	// or its server did.
	ErrStreamCut = &Error{Code: Failed, Reason: Unavailable, Message: "the stream was cut"}

	// ErrClosed: the client was closed by its owner.
	ErrClosed = &Error{Code: Failed, Reason: Unavailable, Message: "closed"}
)

// AsError returns err as the *Error that a caller gets: err itself if it is one. If err
// wraps one, the result is a copy that wraps err. Otherwise it is an *Error with the reason
// and the text of err; a Reason alone has the words of Reason.Errorf. It returns nil for
// nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok {
		return e
	}
	var e *Error
	if errors.As(err, &e) {
		same := *e
		same.cause = err
		return &same
	}
	if r, ok := err.(Reason); ok {
		return r.alone()
	}
	r := ReasonOf(err)
	return &Error{Code: r.code(), Reason: r, Message: err.Error(), cause: err}
}
