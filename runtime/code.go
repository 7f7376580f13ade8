package runtime

import (
	"errors"
	"strconv"
)

// A Code is the number that a response has beside its body. A service gives meanings of
// its own to the numbers from 2 on, so a code alone doesn't say what went wrong: see
// Error.Name for the errors of a contract, and Reason for all others.
type Code int

// The codes that every service has. A missing or bad token has code 2 or 3; see
// NoCredentials and BadCredentials.
const (
	OK     Code = 0
	Failed Code = 1 // every error that has no number of its own
)

// String returns the number.
func (c Code) String() string { return strconv.Itoa(int(c)) }

// CodeOf returns the code of err: OK for nil, its own for an *Error or a Reason however
// deeply wrapped, and Failed for everything else.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &e):
		return e.Code
	}
	return ReasonOf(err).code()
}
