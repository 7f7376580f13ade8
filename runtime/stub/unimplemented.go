package stub

import (
	"iter"

	"github.com/tpp-rpc/tpp/runtime"
)

// Unimplemented returns the error of a service that doesn't perform a. Its
// reason is Unimplemented.
func Unimplemented(a *runtime.Action) error {
	return runtime.Unimplemented.Errorf("%s is not implemented", a.Name)
}

// StreamError returns a stream that has no item and ends with err.
func StreamError[Item any](err error) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		var none Item
		yield(none, err)
	}
}
