package envelope

import (
	"math"

	"github.com/tpp-rpc/tpp/runtime"
)

// FromWire returns the code for the number n on a wire. Numbers that are too large for a
// code become Failed.
func FromWire(n int64) runtime.Code {
	if n >= math.MinInt32 && n <= math.MaxInt32 {
		return runtime.Code(n)
	}
	return runtime.Failed
}

// onWire returns the number of an error's code on a wire. OK, which isn't an error,
// becomes Failed.
func onWire(code runtime.Code) int64 {
	if code == runtime.OK {
		code = runtime.Failed
	}
	return int64(code)
}
