package runtime

import "regexp"

// ErrorInfo is what a contract says of an error; NewError makes a sentinel of it.
type ErrorInfo struct {
	Code Code

	// Name is the error's name in its contract. Peers of persistent mode and of our
	// other wires send it, and the error is known by it.
	Name string

	// Message is what a peer is told by a handler that returns the sentinel as it is.
	Message string

	// Match matches the messages by which the error is known if the peer sends no name.
	// If nil, those are all messages of the code, but not those of an error that has a
	// reason.
	Match *regexp.Regexp
}

// NewError returns a sentinel for errors.Is, which a handler may return as well. Generated
// packages have one for each error of their contract.
func NewError(info ErrorInfo) *Error {
	return &Error{Code: info.Code, Name: info.Name, Message: info.Message, info: &info}
}

// matches reports whether e is what a sentinel with info stands for.
func (info *ErrorInfo) matches(e *Error) bool {
	switch {
	case e.Code != info.Code, e.Reason.local():
		return false
	case e.Name != "":
		return e.Name == info.Name
	case info.Match != nil:
		return info.Match.MatchString(e.Message)
	}
	// A service may use the numbers 2 and 3 as its own.
	return e.Reason == "" && !NoCredentials.says(e) && !BadCredentials.says(e)
}
