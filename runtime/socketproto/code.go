package socketproto

import (
	"encoding/json"
	"errors"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// This file turns codes into statuses and back.

// statusOf returns the status that goes with an error. Codes from 7 on are
// statuses as they are.
func statusOf(err *runtime.Error) Status {
	switch code := envelope.OnWire(err.Code); {
	case errors.Is(err, runtime.ErrNoToken), errors.Is(err, runtime.ErrBadToken):
		return AuthRequired
	case err == errMisplaced:
		return Unknown
	case err == errTooManyCalls:
		return NotPermitted
	case code >= int64(firstOwn):
		return Status(code)
	}
	return CallbackError
}

// statusError returns what a caller is told of a status that isn't Okay: the
// words in the data if there are any, else the name of the status. Statuses
// that every end knows have no code of their own, but for AuthRequired.
func statusError(s Status, name string, data json.RawMessage) *runtime.Error {
	err := &runtime.Error{Code: runtime.Failed, Message: envelope.ErrorText(data)}
	switch {
	case s == AuthRequired:
		err.Code = runtime.NoToken
	case s >= firstOwn:
		err.Code = envelope.FromWire(int64(s))
	}
	if err.Message == "" {
		err.Message = name
	}
	return err
}
