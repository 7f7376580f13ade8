package balance

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// If no peer is well, the best one is that which can be reached, then the one that calls
// wait for, then the one that may be tried soonest.
func TestChoose_noneIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		in := func(d time.Duration) time.Time { return now.Add(d) }
		gone := &health{state: away, until: in(time.Second)}
		for _, tt := range []struct {
			name        string
			best, other *health
		}{
			{"away or down", gone, &health{state: down, tries: 1, tried: now, since: now, until: in(1)}},
			{"away or mute", gone, &health{state: mute, tries: 1, tried: now, since: now, until: in(1)}},
			{"sooner or later", &health{state: down, tries: 1, tried: now, since: now, until: in(20)}, &health{state: down, tries: 1, tried: now, since: now, until: in(50)}},
			{"lost just now or long ago", &health{state: down, tries: 1, tried: now, since: now, until: in(50)}, &health{state: down, tries: 1, tried: now, since: in(-time.Hour), until: in(20)}},
		} {
			for range 20 { // by any goroutine
				c := New(&runtime.Client{Addr: "best,other"}, func(*Backend) Endpoint { return nothing{} })
				backends := *c.backends.Load()
				backends[0].health.Store(tt.best)
				backends[1].health.Store(tt.other)
				if p, claimed := c.choose(nil, nil); p != backends[0] || claimed {
					t.Errorf("%s: the %v one, claimed %v", tt.name, p, claimed)
				}
				c.Close()
			}
		}
	})
}
