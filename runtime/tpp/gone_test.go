package tpp

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/observe"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
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

// Calls under way end when their peer is gone, also if no more requests are read because of
// what came after them.
func TestSession_peerGoneAfterItsLastRequest(t *testing.T) {
	for name, last := range map[string]string{
		"classic": `{"action":"bare","body":{"n":1}}`,
		"twice":   `{"id":1,"action":"ticks","token":"s3cret","body":{"n":1}}`,
		"no JSON": `{`,
	} {
		for _, tt := range []struct {
			how   string
			leave func(c *wiretest.Conn)
			after time.Duration
		}{
			{"resets", (*wiretest.Conn).Reset, 0},
			{"closes", func(c *wiretest.Conn) { c.Close() }, patience},
			{"sends without end", func(c *wiretest.Conn) { io.Copy(c, io.LimitReader(zeros{}, 65<<20)) }, 0},
		} {
			t.Run(name+" "+tt.how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ended := make(chan time.Time, 1)
					s := serve(t, runtime.Limits{}, func(s *runtime.Server) {
						s.Handler.(*runtime.Mux).Handle(&runtime.Action{Name: "mute", Stream: true}, func(ctx context.Context, _ *runtime.Request, _ runtime.Responder) error {
							<-ctx.Done()
							ended <- time.Now()
							return ctx.Err()
						})
					})
					c := s.dial(t)
					defer c.Close()
					io.WriteString(c, framed(`{"id":1,"action":"mute","token":"s3cret"}`)+framed(last))
					time.Sleep(time.Hour)
					if len(ended) > 0 {
						t.Fatal("the call ended although its peer was there")
					}
					left := time.Now()
					tt.leave(c)
					if took := (<-ended).Sub(left); took != tt.after {
						t.Errorf("the call ended after %v, not %v", took, tt.after)
					}
				})
			})
		}
	}
}

// zeros reads as zero bytes without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// A peer that closes its half after what ends its connection still gets its answers, also
// if it went on sending.
func TestSession_halfClosedAfterLastRequest(t *testing.T) {
	const answer = `{"id":1,"code":0,"body":{"wait":{"n":3}}}`
	for last, want := range map[string]string{
		framed(`{"action":"bare","body":{"n":1}}`): framed(answer) + framed(`{"code":0,"body":{"n":2}}`),
		framed(`[]`): framed(answer) + framed(`{"goaway":true,"code":1,"body":{"error":"the request isn't an object"},"reason":"bad_request"}`),
	} {
		for _, more := range []string{"", "garbage"} {
			synctest.Test(t, func(t *testing.T) {
				c := serve(t, runtime.Limits{}).dial(t)
				defer c.Close()
				io.WriteString(c, framed(`{"id":1,"action":"wait","token":"s3cret","body":{"n":3}}`)+last)
				synctest.Wait()
				io.WriteString(c, more)
				c.CloseWrite()
				if got, err := io.ReadAll(c); string(got) != want || err != nil {
					t.Errorf("%q and %q: %q, %v", last, more, got, err)
				}
			})
		}
	}
}

// The peer of a classic call that goes on sending is watched, too.
func TestSession_classicPeerGoneAfterMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		s := serve(t, runtime.Limits{}, func(s *runtime.Server) {
			s.Handler.(*runtime.Mux).Handle(&runtime.Action{Name: "mute", Stream: true}, func(ctx context.Context, _ *runtime.Request, _ runtime.Responder) error {
				<-ctx.Done()
				ended <- ctx.Err()
				return ctx.Err()
			})
		})
		c := s.dial(t)
		io.WriteString(c, framed(`{"action":"mute","token":"s3cret"}`)+strings.Repeat("x", 200<<10))
		synctest.Wait()
		c.Reset()
		synctest.Wait()
		select {
		case err := <-ended:
			if err != context.Canceled {
				t.Errorf("the handler's context ended with %v", err)
			}
		default:
			t.Error("the call goes on although its peer is gone")
			s.stop()
		}
	})
}
