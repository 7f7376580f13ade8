package tpp

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// A stream that isn't read blocks its handler once every buffer on the way is full, but no
// other call of the client. After Limits.Write the stream is cut.
func TestClient_streamNotRead(t *testing.T) {
	const all, size = 100, 64 << 10
	actionPages := runtime.Action{Name: "pages", Reply: runtime.Bare, Stream: true}
	page := func(i int) string { return fmt.Sprint(i, strings.Repeat(" ", size)) }
	for _, tt := range []struct {
		name  string
		write time.Duration
		cut   bool
	}{
		{"within Limits.Write", 2 * time.Minute, false},
		{"without Limits.Write", -1, false},
		{"beyond Limits.Write", 30 * time.Second, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int64
				ended := make(chan time.Time, 1)
				s := serve(t, runtime.Limits{Write: tt.write})
				s.Handler.(*runtime.Mux).Handle(&actionPages, stub.Stream(&actionPages, func(context.Context, *Number) iter.Seq2[Text, error] {
					return func(yield func(Text, error) bool) {
						defer func() { ended <- time.Now() }()
						for i := range all {
							if !yield(Text{page(i)}, nil) {
								return
							}
							sent.Add(1)
						}
					}
				}))
				c := s.client(t)
				conns := counted(c)
				invoke(t.Context(), c.Do, &actionDouble, 1)
				began := time.Now()
				var got int
				var err error
				for item, e := range stub.InvokeStream[Text](t.Context(), c.Do, &actionPages, &Number{}, nil) {
					if err = e; err != nil {
						break
					}
					if item.S != page(got) {
						t.Errorf("item %d is %.20q", got, item.S)
					}
					if got++; got > 1 {
						continue
					}
					synctest.Wait()
					before := sent.Load()
					if before*size > 4*maxQueue {
						t.Errorf("%d items were sent to a peer that isn't reading", before)
					}
					for range 60 {
						now := time.Now()
						if n, err := invoke(t.Context(), c.Do, &actionDouble, 1); n != 2 || err != nil {
							t.Errorf("a call meanwhile: %d, %v", n, err)
						}
						if all, err := items(t.Context(), c.Do, &actionCount, 100); len(all) != 100 || err != nil {
							t.Errorf("a stream meanwhile: %d items, %v", len(all), err)
						}
						if took := time.Since(now); took > 0 {
							t.Errorf("the calls meanwhile took %v", took)
						}
						time.Sleep(time.Second)
					}
					if n := sent.Load(); n != before {
						t.Errorf("%d items were sent, and then %d more", before, n-before)
					}
				}
				if n := conns.Load(); n != 62 {
					t.Errorf("%d connections", n)
				}
				took := (<-ended).Sub(began)
				switch {
				case !tt.cut && (got != all || err != nil || took != time.Minute):
					t.Errorf("%d items, %v; all were sent after %v", got, err, took)
				case tt.cut && (got == 0 || got >= all || !errors.Is(err, runtime.ErrStreamCut)):
					t.Errorf("%d items, %v", got, err)
				case tt.cut && (took < tt.write || took > tt.write*5/4):
					t.Errorf("cut after %v", took)
				}
			})
		})
	}
}
