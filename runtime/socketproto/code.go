package socketproto

import (
	"encoding/json"
	"errors"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// This file converts codes to statuses and back.

// statusOf returns the status for an error. Codes from 7 on are the same as statuses.
func statusOf(err *runtime.Error) Status {
	switch {
	case errors.Is(err, runtime.NoCredentials), errors.Is(err, runtime.BadCredentials):
		return AuthRequired
	case err == errMisplaced:
		return Unknown
	case err == errTooManyCalls:
		return NotPermitted
	case err.Code >= runtime.Code(firstOwn):
		return Status(err.Code)
	}
	return CallbackError
}

// statusError returns the caller's error for a status other than Okay. Its message is the
// text in the data, or else the name of the status. Of the predefined statuses, only
// AuthRequired has a code of its own.
func statusError(s Status, name string, data json.RawMessage) *runtime.Error {
	err := &runtime.Error{Code: runtime.Failed, Message: envelope.ErrorText(data)}
	switch {
	case s == AuthRequired:
		err.Code, err.Reason = runtime.CodeOf(runtime.NoCredentials), runtime.NoCredentials
	case s >= firstOwn:
		err.Code = envelope.FromWire(int64(s))
	}
	if err.Message == "" {
		err.Message = name
	}
	return err
}
