package runtime

import (
	"errors"
	"strconv"
)

// A Code is the number that a response has beside its body. A service gives meanings of
// its own to the numbers from 2 on, so a code alone doesn't tell what went wrong: see
// Error.Name for the errors of a contract, and Reason for all others.
type Code int

// The codes that every service has.
const (
	OK       Code = 0
	Failed   Code = 1 // every error that has no number of its own
	NoToken  Code = 2 // the request has no token
	BadToken Code = 3 // the token isn't good
)

// String returns the number.
func (c Code) String() string { return strconv.Itoa(int(c)) }

// CodeOf returns the code of err: OK for nil, its own for an *Error however deeply
// wrapped, and Failed for everything else.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &e):
		return e.Code
	}
	return Failed
}
