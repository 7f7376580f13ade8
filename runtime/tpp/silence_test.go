package tpp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
	"github.com/tpp-rpc/tpp/runtime/wiretest/faultnet"
)

// A faultyClient is a client of a server, with a network in between that misbehaves.
type faultyClient struct {
	*runtime.Client
	faultnet.Faults
	dials atomic.Int64
	pings atomic.Int64
}

// faulty returns a client of s whose connections have faults.
func (s *server) faulty(t *testing.T) *faultyClient {
	f := new(faultyClient)
	f.Client = &runtime.Client{Wire: Wire{}, Addr: "memory", Token: "s3cret", Grace: -1, Dial: func(context.Context, string) (net.Conn, error) {
		f.dials.Add(1)
		far, err := s.l.Dial()
		if err != nil {
			return nil, err
		}
		near, mine := wiretest.Pipe()
		faultnet.Join(&f.Faults, mine, far)
		return pinging{near, &f.pings}, nil
	}}
	t.Cleanup(func() {
		f.Heal() // so that connections end
		f.Close()
	})
	return f
}

// A pinging counts the pings that are written.
type pinging struct {
	net.Conn
	pings *atomic.Int64
}

func (c pinging) Write(p []byte) (int, error) {
	c.pings.Add(int64(bytes.Count(p, []byte(`"ping":true`))))
	return c.Conn.Write(p)
}

// calls makes n calls with deadlines of a second, one each pause, and returns how many failed.
func (f *faultyClient) calls(t *testing.T, n int, pause time.Duration) (failed int) {
	t.Helper()
	for range n {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if _, err := invoke(ctx, f.Do, &actionDouble, 1); err != nil {
			failed++
		}
		cancel()
		time.Sleep(pause)
	}
	return failed
}

// A connection that something in between has forgotten costs one call, and not all of them.
func TestSilence_forgottenConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, runtime.Limits{}, longIdleServer).faulty(t)
		if n := f.calls(t, 1, 0); n != 0 {
			t.Fatal("the first call failed")
		}
		f.Forget()
		if n := f.calls(t, 30, time.Second); n > 1 {
			t.Errorf("%d of 30 calls failed, want 1", n)
		}
	})
}

// longIdleServer keeps idle connections, so that nothing but silence ends them.
func longIdleServer(s *runtime.Server) { s.Limits.Idle = -1 }

// When the network is back, so are calls.
func TestSilence_networkComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, runtime.Limits{}).faulty(t)
		f.calls(t, 1, 0)
		f.Silence()
		if n := f.calls(t, 10, time.Second); n != 10 {
			t.Errorf("%d of 10 calls failed without a network", n)
		}
		f.Heal()
		if n := f.calls(t, 30, time.Second); n > 1 {
			t.Errorf("%d of 30 calls failed after the network had come back", n)
		}
		if n := f.dials.Load(); n > 16 {
			t.Errorf("%d connections were opened", n)
		}
	})
}

// A connection that was idle for long is asked before a call uses it.
func TestSilence_idleConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, runtime.Limits{}, longIdleServer).faulty(t)
		f.calls(t, 1, 0)
		dials := f.dials.Load()
		time.Sleep(time.Hour)
		if n := f.calls(t, 1, 0); n != 0 || f.dials.Load() != dials || f.pings.Load() != 1 {
			t.Errorf("%d failed, %d connections more, %d pings; want one ping", n, f.dials.Load()-dials, f.pings.Load())
		}
		time.Sleep(time.Hour)
		f.Forget()
		if n := f.calls(t, 3, 0); n != 0 {
			t.Errorf("%d of 3 calls failed", n)
		}
		if n := f.dials.Load() - dials; n != 1 {
			t.Errorf("%d more connections, want 1", n)
		}
	})
}

// A call without a deadline doesn't wait for ever, and those that begin after it don't wait.
func TestSilence_callWithoutDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, runtime.Limits{}).faulty(t)
		f.calls(t, 1, 0)
		began := time.Now()
		ended := make(chan error)
		go func() {
			_, err := invoke(t.Context(), f.Do, &actionWait, 3600)
			ended <- err
		}()
		synctest.Wait()
		f.Forget()
		time.Sleep(25 * time.Second)
		if n := f.calls(t, 10, 0); n != 0 {
			t.Errorf("%d of 10 calls failed", n)
		}
		err := <-ended
		if took := time.Since(began); took > 2*time.Minute || runtime.ReasonOf(err) != runtime.Unavailable || !errors.Is(err, errSilent) {
			t.Errorf("the call failed after %v with %v", took, err)
		}
	})
}

// Calls that take long aren't harmed while the peer lives, however slow the network is.
func TestSilence_longCalls(t *testing.T) {
	for _, delay := range []time.Duration{0, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			f := serve(t, runtime.Limits{}).faulty(t)
			f.Delay(delay)
			if _, err := invoke(t.Context(), f.Do, &actionDouble, 1); err != nil {
				t.Fatal(err)
			}
			var dials int64
			ended := make(chan error)
			for range 3 {
				go func() {
					_, err := invoke(t.Context(), f.Do, &actionWait, 3600)
					ended <- err
				}()
			}
			for range 60 {
				time.Sleep(time.Minute - 7*time.Second)
				ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
				if _, err := invoke(ctx, f.Do, &actionDouble, 1); err != nil {
					t.Errorf("delay %v: another call: %v", delay, err)
				}
				cancel()
			}
			for range 3 {
				if err := <-ended; err != nil {
					t.Errorf("delay %v: %v", delay, err)
				}
			}
			if dials = f.dials.Load(); dials > 6 {
				t.Errorf("delay %v: %d connections were opened", delay, dials)
			}
			if n := f.pings.Load(); n < 60 || n > 500 {
				t.Errorf("delay %v: %d pings in an hour", delay, n)
			}
		})
	}
}

// A connection that carries calls isn't asked for anything.
func TestSilence_busyConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, runtime.Limits{}).faulty(t)
		if n := f.calls(t, 600, 5*time.Second); n != 0 {
			t.Errorf("%d calls failed", n)
		}
		for range 100 { // deadlines that pass while others are answered
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			go f.calls(t, 3, 300*time.Millisecond)
			invoke(ctx, f.Do, &actionWait, 3600)
			cancel()
		}
		if n := f.pings.Load(); n != 0 {
			t.Errorf("%d pings", n)
		}
	})
}

// A quiet stream goes on while both ends are there. If the network isn't, both find out.
func TestSilence_streams(t *testing.T) {
	for _, every := range []time.Duration{time.Hour, 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			handler := make(chan error, 1)
			feed := runtime.Action{Name: "feed", Stream: true, Reply: runtime.Bare}
			f := serve(t, runtime.Limits{}, func(s *runtime.Server) {
				s.Handler.(*runtime.Mux).Handle(&feed, func(ctx context.Context, _ *runtime.Request, out runtime.Responder) error {
					for {
						select {
						case <-time.After(every):
							out.Respond(&Number{1})
						case <-ctx.Done():
							handler <- ctx.Err()
							return ctx.Err()
						}
					}
				})
			}).faulty(t)
			f.calls(t, 1, 0)
			ended := make(chan error)
			go func() {
				_, err := items(t.Context(), f.Do, &feed, 1)
				ended <- err
			}()
			time.Sleep(59 * time.Minute)
			select {
			case err := <-ended:
				t.Fatalf("an item every %v: the stream ended with %v", every, err)
			case <-handler:
				t.Fatalf("an item every %v: the handler was cancelled", every)
			default:
			}
			f.Silence()
			began := time.Now()
			for range 2 {
				select {
				case err := <-ended:
					if !errors.Is(err, runtime.ErrStreamCut) || time.Since(began) > 2*time.Minute {
						t.Errorf("an item every %v: the client's stream ended with %v after %v", every, err, time.Since(began))
					}
				case <-handler:
					if time.Since(began) > 3*time.Minute {
						t.Errorf("an item every %v: the handler was cancelled after %v", every, time.Since(began))
					}
				}
			}
		})
	}
}

// A stream whose client is slow to take its items isn't silent.
func TestSilence_slowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, runtime.Limits{}, func(s *runtime.Server) { s.Limits.Write = -1 }).faulty(t)
		f.calls(t, 1, 0)
		n := 0
		err := f.Do(t.Context(), &runtime.Request{Action: "count", Info: &actionCount, Body: &Number{5}}, runtime.ResponderFunc(func(runtime.Message) error {
			time.Sleep(10 * time.Minute)
			n++
			return nil
		}))
		if err != nil || n == 0 {
			t.Errorf("%d items, %v", n, err)
		}
	})
}

// A server that doesn't know pings answers them with an error, which is a sign of life, too.
func TestSilence_olderServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pings := 0
		c := watched(&runtime.Client{Wire: Wire{}, Addr: "old", Dial: func(context.Context, string) (net.Conn, error) {
			near, far := wiretest.Pipe()
			go func() {
				frames := frameReader{src: far, limit: 1 << 20}
				for {
					frame, err := frames.next()
					if err != nil {
						return
					}
					text := string(frame.b)
					id := text[len(`{"id":`):strings.IndexByte(text, ',')]
					if strings.Contains(text, `"ping"`) {
						pings++
						io.WriteString(far, framed(fmt.Sprintf(`{"id":%s,"code":2,"body":{"error":"No auth token"},"reason":"no_credentials"}`, id)))
						continue
					}
					answer := framed(fmt.Sprintf(`{"id":%s,"code":0,"body":{"wait":{"n":1}}}`, id))
					if strings.Contains(text, `"n":600`) {
						time.AfterFunc(10*time.Minute, func() { io.WriteString(far, answer) })
					} else {
						io.WriteString(far, answer)
					}
				}
			}()
			return near, nil
		}})
		defer c.Close()
		for _, n := range []int64{1, 600, 1} {
			if got, err := invoke(t.Context(), c.Do, &actionWait, n); got != 1 || err != nil {
				t.Errorf("wait %d: %d, %v", n, got, err)
			}
		}
		if pings < 20 {
			t.Errorf("%d pings", pings)
		}
	})
}

// Wherever a connection is cut, each call has its answer or an error at once.
func TestSilence_cutAtByte(t *testing.T) {
	for at := 1; at < 150; at += 7 {
		synctest.Test(t, func(t *testing.T) {
			f := serve(t, runtime.Limits{}).faulty(t)
			f.CutAt(at)
			for range 10 {
				began := time.Now()
				n, err := invoke(t.Context(), f.Do, &actionDouble, 21)
				if err == nil && n != 42 || err != nil && runtime.ReasonOf(err) != runtime.Unavailable {
					t.Errorf("cut at %d: %d, %v", at, n, err)
				}
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("cut at %d: the call took %v", at, took)
				}
			}
			f.Heal()
			time.Sleep(time.Second)
			if n := f.calls(t, 3, 0); n != 0 {
				t.Errorf("cut at %d: %d calls failed afterwards", at, n)
			}
		})
	}
}
