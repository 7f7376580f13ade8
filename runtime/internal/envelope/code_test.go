package envelope

import (
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

func TestCode_onWire(t *testing.T) {
	for c, want := range map[runtime.Code]runtime.Code{
		runtime.OK: 1, runtime.Unavailable: 1, runtime.Canceled: 1, runtime.BadResponse: 1, 7: 7, -1: -1,
	} {
		if got := FromWire(OnWire(c)); got != want {
			t.Errorf("%d on the wire is %d, want %d", int(c), int(got), int(want))
		}
	}
	if got := FromWire(int64(runtime.Canceled)); got != runtime.Failed {
		t.Errorf("a peer's %d is %d", int(runtime.Canceled), int(got))
	}
}
