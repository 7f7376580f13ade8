package tpp

import (
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/observe"
)

// A stream whose peer is gone is a cancelled call, also if its handler never looks at its
// context nor at what Respond returns.
func TestCall_streamOfGonePeer(t *testing.T) {
	for _, id := range []string{``, `"id":1,`} {
		synctest.Test(t, func(t *testing.T) {
			stats := new(observe.Stats)
			ended := make(chan error, 1)
			s := serve(t, runtime.Limits{}, func(s *runtime.Server) {
				s.Interceptors = []runtime.Interceptor{observe.Server(stats)}
				s.Handler.(*runtime.Mux).Handle(&runtime.Action{Name: "deaf", Stream: true}, func(ctx context.Context, _ *runtime.Request, out runtime.Responder) error {
					for range 3 {
						out.Respond(&Number{1})
						time.Sleep(time.Second)
					}
					ended <- ctx.Err()
					return nil
				})
			})
			c := s.dial(t)
			io.WriteString(c, framed(fmt.Sprintf(`{%s"action":"deaf","token":"s3cret","body":{"n":1}}`, id)))
			synctest.Wait()
			c.Reset()
			if err := <-ended; err != context.Canceled {
				t.Errorf("{%s…}: the handler's context ended with %v", id, err)
			}
			synctest.Wait()
			if counts := stats.Counts(); len(counts) != 1 || counts[0].Code != "canceled" {
				t.Errorf("{%s…}: counted %+v", id, counts)
			}
		})
	}
}

// The peer of a classic call is watched also while the server stops.
func TestSession_peerGoneWhileStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{}, func(s *runtime.Server) { s.Grace = time.Hour })
		c := s.dial(t)
		io.WriteString(c, framed(`{"token":"s3cret","action":"wait","body":{"n":600}}`))
		synctest.Wait()
		began := time.Now()
		s.stop()
		time.Sleep(time.Second)
		c.Reset()
		if err := <-s.done; err != nil || time.Since(began) != time.Second {
			t.Errorf("Serve: %v after %v", err, time.Since(began))
		}
		s.done <- nil
	})
}
