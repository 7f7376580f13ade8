package runtime

import (
	"context"
	"errors"
)

// Disclose returns what the caller of a handler is told of an error that the handler has
// returned. What the handler didn't choose for its caller stays here: it is an internal
// error, and whole only in the server's log. In detail:
//
//   - An *Error goes as it is, but OK becomes Failed, and a message says at least the code.
//     If err wraps an *Error, that one goes, without the words around it. A Reason is
//     treated as the *Error with its code and words.
//   - The error of the call's context, ctx, is a cancelled call or a deadline that passed.
//   - All other errors are internal. So are an *Error that a client has made because its
//     peer can't be reached or doesn't follow the contract, and the end of a context that
//     isn't the call's.
//
// The result unwraps to err, unless it is err. It is nil for nil. Servers do so with what
// handlers and interceptors return; interceptors need it that change an error for peers.
func Disclose(ctx context.Context, err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	found := errors.As(err, &e)
	if r := Reason(""); !found && errors.As(err, &r) {
		e, found = r.alone(), true
	}
	ended := ofContext(err)
	if found {
		ended = (e.Reason == Canceled || e.Reason == DeadlineExceeded) && ofContext(e.cause)
	}
	if ended {
		if why := ctx.Err(); why != nil {
			return &Error{Code: Failed, Reason: ReasonOf(why), Message: why.Error(), cause: err}
		}
		found = false
	}
	switch {
	case !found, e.Reason.local(), e.Reason == Internal && e.Message != internal:
		return &Error{Code: Failed, Reason: Internal, Message: internal, cause: err}
	case e == err && e.Code != OK && e.Message != "":
		return e
	}
	same := *e
	if e != err {
		same.cause = err
	}
	if same.Code == OK {
		same.Code = Failed
	}
	if same.Message == "" {
		same.Message = "code " + same.Code.String()
	}
	return &same
}

// ofContext reports whether err says that a context has ended.
func ofContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
