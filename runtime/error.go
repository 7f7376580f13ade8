package runtime

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"sync"
)

// A Code tells a caller how its call ended. Peers send numbers from 0 on, and a service may
// define those from 2 on. The negative codes are made on the caller's side and never sent.
type Code int

// The codes that every service has.
const (
	OK       Code = 0
	Failed   Code = 1 // a bad request, and everything that has no number of its own
	NoToken  Code = 2
	BadToken Code = 3

	// Canceled: the context of the call was cancelled.
	Canceled Code = math.MinInt32 + iota
	// DeadlineExceeded: the deadline of the call passed.
	DeadlineExceeded
	// Unavailable: the peer can't be reached, or its connection broke.
	Unavailable
	// BadResponse: the peer's response isn't what the protocol or the contract says.
	BadResponse
)

// String returns the code's number, or the name of a negative code.
func (c Code) String() string {
	switch c {
	case Canceled:
		return "canceled"
	case DeadlineExceeded:
		return "deadline exceeded"
	case Unavailable:
		return "unavailable"
	case BadResponse:
		return "bad response"
	}
	return strconv.Itoa(int(c))
}

// CodeOf returns the code of err: OK for nil, its own for an *Error however
// deeply wrapped, Canceled or DeadlineExceeded for a context that ended, and
// Failed for everything else.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return DeadlineExceeded
	}
	return Failed
}

// An Error is why a call failed: as the peer says or, with a negative code, as seen on
// this side. Generated clients return every error as one. A handler returns one, or an
// error that wraps one, to choose the code that its caller gets.
type Error struct {
	// Code is never OK for an error that a caller gets.
	Code Code

	// Message is for people. If the peer sent the error, it is the peer's text.
	Message string

	// Body, if not nil, is sent to the peer instead of {"error": Message}, for services
	// whose peers expect another form. It is nil in the errors that callers get.
	Body Message

	cause error
	name  string // of a sentinel
	match func() *regexp.Regexp
}

// NewError returns a sentinel for errors.Is. It stands for every error with its code and a
// message that the regular expression match matches. An empty match matches every message
// but those that the protocol itself has for the code, since a service may use the numbers
// 2 and 3 as its own. Message is what the peer is told when a handler returns the sentinel
// as it is. Generated packages have a sentinel for each error of their contract.
//
// It panics at first use if match isn't a regular expression.
func NewError(code Code, name, message, match string) *Error {
	e := &Error{Code: code, Message: message, name: name}
	if match != "" {
		e.match = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(match) })
	}
	return e
}

// Errorf returns an error with a code and a formatted message; %w wraps as it
// does with fmt.Errorf.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), cause: err}
}

// Error returns the message, or the code if there is none.
func (e *Error) Error() string {
	if e.Message == "" {
		return "code " + e.Code.String()
	}
	return e.Message
}

// Unwrap returns the error that e was made from on this side; nil if the peer sent it.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether e is what the sentinel target stands for.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	if !ok || t.name == "" || e.Code != t.Code {
		return false
	}
	if t == ErrNoToken || t == ErrBadToken {
		return e.Message == t.Message
	}
	if e.Message == baseMessage[e.Code] && e.Message != "" {
		return false
	}
	return t.match == nil || t.match().MatchString(e.Message)
}

// baseMessage is what every TPP service says with a code of the protocol; see
// the rows with codes 2 and 3 in testdata/wire/tpp.
var baseMessage = map[Code]string{
	NoToken:  "No auth token",
	BadToken: "Bad auth token",
}

// Errors that don't belong to any one service.
var (
	// ErrNoToken: the request carried no token. An Auth doesn't return it.
	ErrNoToken = NewError(NoToken, "NoToken", baseMessage[NoToken], "")

	// ErrBadToken: the token of the request isn't good.
	ErrBadToken = NewError(BadToken, "BadToken", baseMessage[BadToken], "")

	// ErrNotPermitted: the server's Authorize doesn't let this principal call the action.
	ErrNotPermitted = NewError(Failed, "NotPermitted", "not permitted", "^not permitted$")

	// ErrStreamCut: a stream ended without saying so, because its connection
	// or its server did.
	ErrStreamCut = &Error{Code: Unavailable, Message: "the stream was cut"}

	// ErrClosed: the client was closed by its owner.
	ErrClosed = &Error{Code: Unavailable, Message: "closed"}
)

// AsError returns err as the *Error that a caller gets: err itself if it is one, else an
// *Error that has the code and the text of err and wraps it. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok {
		return e
	}
	return &Error{Code: CodeOf(err), Message: err.Error(), cause: err}
}
