package envelope

import (
	"math"

	"github.com/tpp-rpc/tpp/runtime"
)

// OnWire returns the number by which a peer is told code: one that is ours alone, and OK,
// which says nothing of an error, become Failed.
func OnWire(code runtime.Code) int64 {
	if code == runtime.OK || local(code) {
		code = runtime.Failed
	}
	return int64(code)
}

// FromWire returns the code that a peer means by n, which is Failed for numbers that have
// another meaning here.
func FromWire(n int64) runtime.Code {
	if c := runtime.Code(n); n >= math.MinInt32 && n <= math.MaxInt32 && !local(c) {
		return c
	}
	return runtime.Failed
}

// local reports whether a code is never on a wire.
func local(c runtime.Code) bool { return c >= runtime.Canceled && c <= runtime.BadResponse }
