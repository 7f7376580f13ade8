package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

func TestError_Is(t *testing.T) {
	for _, tt := range []struct {
		code    runtime.Code
		message string
		target  error
		want    bool
	}{
		{2, "the number is too large: 5", errTooLarge, true},
		{2, "other words", errTooLarge, true},
		{2, "other words", errNegative, false},
		{2, "it is negative", errNegative, true},
		{3, "it is negative", errNegative, false},
		{2, "No auth token", errTooLarge, false},
		{2, "No auth token", runtime.ErrNoToken, true},
		{2, "other words", runtime.ErrNoToken, false},
		{3, "Bad auth token", runtime.ErrBadToken, true},
		{3, "not enough permissions", runtime.ErrBadToken, false},
	} {
		err := fmt.Errorf("wrapped: %w", &runtime.Error{Code: tt.code, Message: tt.message})
		if got := errors.Is(err, tt.target); got != tt.want {
			t.Errorf("Is(%d %q, %v) = %v", tt.code, tt.message, tt.target, got)
		}
	}
	if !errors.Is(errTooLarge, errTooLarge) || !errors.Is(runtime.AsError(fmt.Errorf("%w: 5", errTooLarge)), errTooLarge) {
		t.Error("a sentinel isn't itself")
	}
}

func TestCodeOf(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want runtime.Code
	}{
		{nil, runtime.OK},
		{errors.New("x"), runtime.Failed},
		{fmt.Errorf("a: %w", fmt.Errorf("b: %w", errTooLarge)), 2},
		{fmt.Errorf("a: %w", context.Canceled), runtime.Canceled},
		{context.DeadlineExceeded, runtime.DeadlineExceeded},
		{fmt.Errorf("%w: x", runtime.ErrStreamCut), runtime.Unavailable},
	} {
		if got := runtime.CodeOf(tt.err); got != tt.want {
			t.Errorf("CodeOf(%v) = %v, want %v", tt.err, got, tt.want)
		}
	}
}
