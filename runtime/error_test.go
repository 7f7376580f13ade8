package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

func TestError_Is(t *testing.T) {
	errNamed := runtime.NewError(runtime.ErrorInfo{Code: 1, Name: "BadRequest", Match: regexp.MustCompile("bad request")})
	for _, tt := range []struct {
		err    runtime.Error
		target error
		want   bool
	}{
		// By the words, as classic peers need it.
		{runtime.Error{Code: 2, Message: "the number is too large: 5"}, errTooLarge, true},
		{runtime.Error{Code: 2, Message: "other words"}, errTooLarge, true},
		{runtime.Error{Code: 2, Message: "other words"}, errNegative, false},
		{runtime.Error{Code: 2, Message: "it is negative"}, errNegative, true},
		{runtime.Error{Code: 3, Message: "it is negative"}, errNegative, false},
		{runtime.Error{Code: 2, Message: "No auth token"}, errTooLarge, false},
		{runtime.Error{Code: 2, Message: "No auth token"}, runtime.NoCredentials, true},
		{runtime.Error{Code: 2, Message: "other words"}, runtime.NoCredentials, false},
		{runtime.Error{Code: 3, Message: "Bad auth token"}, runtime.BadCredentials, true},
		{runtime.Error{Code: 3, Message: "not enough permissions"}, runtime.BadCredentials, false},
		{runtime.Error{Code: 1, Message: "bad request: x", Reason: runtime.BadRequest}, errNamed, true},
		{runtime.Error{Code: 1, Message: "a ended the connection: bad request", Reason: runtime.Unavailable}, errNamed, false},

		// By name or reason.
		{runtime.Error{Code: 2, Name: "Negative", Message: "other words"}, errNegative, true},
		{runtime.Error{Code: 2, Name: "Negative", Message: "it is negative"}, errTooLarge, false},
		{runtime.Error{Code: 2, Name: "Negative", Message: "No auth token"}, runtime.NoCredentials, false},
		{runtime.Error{Code: 2, Reason: runtime.OverLimit}, errTooLarge, false},
		{runtime.Error{Code: 2, Reason: runtime.NoCredentials}, runtime.NoCredentials, true},
		{runtime.Error{Code: 3, Reason: runtime.OverLimit}, runtime.BadCredentials, false},
		{runtime.Error{Code: 1, Reason: runtime.OverLimit}, runtime.OverLimit, true},
		{runtime.Error{Code: 1, Reason: runtime.OverLimit}, runtime.BadRequest, false},
		{runtime.Error{Code: 1, Reason: runtime.Unavailable}, runtime.ErrClosed, false},
		{runtime.Error{Code: 1, Reason: runtime.DeadlineExceeded}, context.DeadlineExceeded, true},
		{runtime.Error{Code: 1, Reason: runtime.Canceled}, context.Canceled, true},
		{runtime.Error{Code: 1, Reason: runtime.Canceled}, context.DeadlineExceeded, false},
	} {
		if got := errors.Is(fmt.Errorf("wrapped: %w", &tt.err), tt.target); got != tt.want {
			t.Errorf("Is(%+v, %v) = %v", tt.err, tt.target, got)
		}
	}
	for _, err := range []error{errTooLarge, errTooLarge.Errorf("it is 5"), runtime.AsError(fmt.Errorf("double: %w", errTooLarge))} {
		if !errors.Is(err, errTooLarge) || errors.Is(err, errNegative) {
			t.Errorf("%v isn't %v", err, errTooLarge)
		}
	}
}

func TestCodeOf(t *testing.T) {
	for _, tt := range []struct {
		err    error
		code   runtime.Code
		reason runtime.Reason
	}{
		{nil, runtime.OK, ""},
		{errors.New("x"), runtime.Failed, runtime.Internal},
		{fmt.Errorf("a: %w", fmt.Errorf("b: %w", errTooLarge)), 2, ""},
		{fmt.Errorf("a: %w", context.Canceled), runtime.Failed, runtime.Canceled},
		{context.DeadlineExceeded, runtime.Failed, runtime.DeadlineExceeded},
		{fmt.Errorf("%w: x", runtime.ErrStreamCut), runtime.Failed, runtime.Unavailable},
		{runtime.BadCredentials.Errorf("x"), 3, runtime.BadCredentials},
		{runtime.NoCredentials, 2, runtime.NoCredentials},
		{fmt.Errorf("user 7: %w", runtime.NotPermitted), runtime.Failed, runtime.NotPermitted},
	} {
		if code, reason := runtime.CodeOf(tt.err), runtime.ReasonOf(tt.err); code != tt.code || reason != tt.reason {
			t.Errorf("%v has code %v and reason %q, want %v and %q", tt.err, code, reason, tt.code, tt.reason)
		}
	}
}

// The pointer of a bad request is that of what is wrong with it.
func TestReason_Errorf(t *testing.T) {
	wrong := codec.Unmarshal([]byte(`{"n":"x"}`), new(Number))
	if e := runtime.BadRequest.Errorf("bad request: %w", wrong); e.Pointer != "/n" || !errors.Is(e, wrong) {
		t.Errorf("%+v", e)
	}
}

// What a peer learns of a handler's errors is what the handler chose for it.
func TestDisclose(t *testing.T) {
	private := errors.New("pq: password authentication failed for user admin")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	gone := runtime.Unavailable.Errorf("connecting to 10.0.0.7:5432: refused")
	for _, tt := range []struct {
		name    string
		ctx     context.Context
		err     error
		reason  runtime.Reason
		message string
	}{
		{"private", t.Context(), private, runtime.Internal, "internal error"},
		{"wrapped private", t.Context(), fmt.Errorf("saving: %w", private), runtime.Internal, "internal error"},
		{"for the caller", t.Context(), runtime.Errorf(runtime.Failed, "no invoice %d", 7), "", "no invoice 7"},
		{"of the contract", t.Context(), errTooLarge, "", "the number is too large"},
		{"with details", t.Context(), errTooLarge.Errorf("5 is too large: %w", private), "", "5 is too large: " + private.Error()},
		{"wrapped", t.Context(), fmt.Errorf("select from invoices: %w", errTooLarge), "", "the number is too large"},
		{"joined", t.Context(), errors.Join(private, errTooLarge), "", "the number is too large"},
		{"a client's", t.Context(), gone, runtime.Internal, "internal error"},
		{"another server's", t.Context(), &runtime.Error{Code: 1, Reason: runtime.Internal, Message: "internal error"}, runtime.Internal, "internal error"},
		{"a reason", t.Context(), runtime.NotPermitted, runtime.NotPermitted, "not permitted"},
		{"a reason, wrapped", t.Context(), fmt.Errorf("user 7: %w", runtime.BadCredentials), runtime.BadCredentials, "Bad auth token"},
		{"a reason of clients", t.Context(), runtime.Unavailable, runtime.Internal, "internal error"},
		{"internal as a reason", t.Context(), runtime.Internal, runtime.Internal, "internal error"},
		{"internal by name", t.Context(), runtime.Internal.Errorf("the disk is full"), runtime.Internal, "internal error"},
		{"cancelled", ended, fmt.Errorf("in a loop: %w", context.Canceled), runtime.Canceled, "context canceled"},
		{"cancelled by a client", ended, runtime.AsError(context.Canceled), runtime.Canceled, "context canceled"},
		{"late", late, context.DeadlineExceeded, runtime.DeadlineExceeded, "context deadline exceeded"},
		{"another context", t.Context(), fmt.Errorf("asking 10.0.0.7: %w", context.DeadlineExceeded), runtime.Internal, "internal error"},
		{"another context, by a client", t.Context(), runtime.AsError(context.DeadlineExceeded), runtime.Internal, "internal error"},
		{"late, and for the caller", late, runtime.Errorf(7, "gave up: %w", context.DeadlineExceeded), "", "gave up: context deadline exceeded"},
		{"cancelled by the transport", t.Context(), runtime.Canceled.Errorf("the peer has left"), runtime.Canceled, "the peer has left"},
	} {
		e := runtime.Disclose(tt.ctx, tt.err)
		if e.Reason != tt.reason || e.Message != tt.message {
			t.Errorf("%s: reason %q, message %q, want %q, %q", tt.name, e.Reason, e.Message, tt.reason, tt.message)
		}
		if !errors.Is(e, tt.err) {
			t.Errorf("%s: what it was made from is lost", tt.name)
		}
		if again := runtime.Disclose(tt.ctx, e); again.Reason != e.Reason || again.Message != e.Message || again.Error() != e.Error() {
			t.Errorf("%s: disclosed again, it is %v with reason %q", tt.name, again, again.Reason)
		}
	}
	if e := runtime.Disclose(t.Context(), private); e.Error() != "internal error: "+private.Error() {
		t.Errorf("the log has %q", e)
	}
	if runtime.Disclose(t.Context(), nil) != nil {
		t.Error("nil is an error")
	}
}

func TestDataOf(t *testing.T) {
	type T = Number
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{errTooLarge.WithData(&T{5}), true},
		{errTooLarge.WithData(&T{5}).Errorf("more words"), true},
		{fmt.Errorf("a: %w", &runtime.Error{Code: 2, Name: "TooLarge", Data: new(runtime.Raw(`{"n":5}`))}), true},
		{&runtime.Error{Code: 2, Name: "TooLarge", Data: new(runtime.Raw(`{"n":"five"}`))}, false},
		{errNegative.WithData(&T{5}), false},
		{errTooLarge, false},
		{errors.New("x"), false},
		{nil, false},
	} {
		data, ok := runtime.DataOf[Number](tt.err, errTooLarge)
		if ok != tt.want || ok && data.N != 5 {
			t.Errorf("DataOf(%v) = %v, %v", tt.err, data, ok)
		}
	}
	if errTooLarge.Data != nil {
		t.Error("the sentinel has data")
	}
}
