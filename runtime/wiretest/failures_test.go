package wiretest

import "testing"

// A caller in the same process gets what a caller gets over a wire.
func TestFailures_inProcess(t *testing.T) {
	s := new(service)
	for _, f := range failures {
		f.check(t, s.mux().Serve)
	}
}
