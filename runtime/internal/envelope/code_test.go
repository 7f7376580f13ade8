package envelope

import (
	"math"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

func TestCode_onWire(t *testing.T) {
	for c, want := range map[runtime.Code]runtime.Code{
		runtime.OK: 1, runtime.Failed: 1, 7: 7, -1: -1,
	} {
		if got := FromWire(onWire(c)); got != want {
			t.Errorf("%d on the wire is %d, want %d", int(c), int(got), int(want))
		}
	}
	if got := FromWire(math.MaxInt32 + 1); got != runtime.Failed {
		t.Errorf("a peer's 2^31 is %d", int(got))
	}
}
