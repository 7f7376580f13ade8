package observe

import (
	"context"
	"expvar"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stats := new(Stats)
		add := &runtime.Action{Name: "add"}
		for _, tt := range []struct {
			info *runtime.Action
			name string
			err  error
			took time.Duration
		}{
			{add, "add", nil, time.Millisecond},
			{add, "add", nil, 3 * time.Millisecond},
			{add, "add", context.DeadlineExceeded, time.Minute},
			{add, "add", runtime.Errorf(4711, "made up"), 0},
			{add, "add", runtime.Errorf(-4712, "made up"), 0},
			{nil, "made up", runtime.Errorf(1, "unknown"), 0},
			{nil, "also made up", runtime.Errorf(1, "unknown"), 0},
		} {
			Server(stats)(t.Context(), &runtime.Request{Action: tt.name, Info: tt.info}, discard, func(context.Context, *runtime.Request, runtime.Responder) error {
				if n := stats.UnderWay(); n != 1 {
					t.Errorf("%d calls under way, want 1", n)
				}
				time.Sleep(tt.took)
				return tt.err
			})
		}
		type row struct {
			action, code string
			calls        uint64
		}
		var got []row
		for _, c := range stats.Counts() {
			got = append(got, row{c.Action, c.Code, c.Calls})
		}
		want := []row{{Unknown, "1", 2}, {"add", "0", 2}, {"add", "deadline_exceeded", 1}, {"add", "other", 2}}
		if !slices.Equal(got, want) {
			t.Errorf("counted %v, want %v", got, want)
		}
		well := stats.Counts()[1]
		if at := slices.Index(Buckets(), time.Millisecond); !slices.Equal(well.Within[at-1:at+3], []uint64{0, 1, 1, 2}) || well.Seconds != 0.004 {
			t.Errorf("the calls took %v together, %v", well.Seconds, well.Within)
		}
		if stats.UnderWay() != 0 {
			t.Errorf("%d calls under way at the end", stats.UnderWay())
		}
	})
}

func TestStats_panic(t *testing.T) {
	stats := new(Stats)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic got lost")
			}
		}()
		Client(stats)(t.Context(), new(runtime.Request), discard, func(context.Context, *runtime.Request, runtime.Responder) error { panic("oops") })
	}()
	var v expvar.Var = stats
	const want = `{"under_way":0,"ended":[{"side":"client","action":"(unknown)","code":"internal","calls":1,`
	if got := v.String(); !strings.HasPrefix(got, want) {
		t.Errorf("String() = %s, want %s…", got, want)
	}
}
