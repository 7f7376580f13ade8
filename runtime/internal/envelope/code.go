package envelope

import (
	"math"

	"github.com/tpp-rpc/tpp/runtime"
)

// OnWire returns the number of an error's code on a wire. Codes that are only used inside
// a process, and OK, which isn't an error, become Failed.
func OnWire(code runtime.Code) int64 {
	if code == runtime.OK || local(code) {
		code = runtime.Failed
	}
	return int64(code)
}

// FromWire returns the code for the number n on a wire. Numbers of codes that are only used
// inside a process become Failed.
func FromWire(n int64) runtime.Code {
	if c := runtime.Code(n); n >= math.MinInt32 && n <= math.MaxInt32 && !local(c) {
		return c
	}
	return runtime.Failed
}

// local reports whether a code is only used inside a process.
func local(c runtime.Code) bool { return c >= runtime.Canceled && c <= runtime.BadResponse }
