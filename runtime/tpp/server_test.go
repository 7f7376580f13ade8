package tpp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// read returns the next frame that the server sends.
func read(t *testing.T, f *frameReader) string {
	t.Helper()
	frame, err := f.next()
	if err != nil {
		return "! " + err.Error()
	}
	defer frame.free()
	return string(frame.b)
}

// TestSession_persistent plays conversations of persistent mode. The server's lines are in
// the order of its answers.
func TestSession_persistent(t *testing.T) {
	tests := []struct {
		name string
		send []string // an empty one is a second of silence
		want []string
	}{
		{
			"two at once, the slow one first",
			[]string{`{"id":7,"action":"wait","token":"s3cret","body":{"n":1}}`, `{"id":8,"action":"double","token":"s3cret","body":{"n":1}}`},
			[]string{`{"id":8,"code":0,"body":{"double":{"n":2}}}`, `{"id":7,"code":0,"body":{"wait":{"n":1}}}`},
		},
		{
			"an error leaves the connection",
			[]string{`{"id":1,"action":"double","token":"s3cret","body":{}}`, "", `{"id":2,"action":"double","body":{}}`, "", `{"id":3,"action":"panic","token":"s3cret","body":{"n":1}}`, "", `{"id":4,"action":"double","token":"s3cret","body":{"n":2}}`},
			[]string{`{"id":1,"code":1,"body":{"error":"bad request: missing property \"n\""},"reason":"bad_request"}`, `{"id":2,"code":2,"body":{"error":"No auth token"},"reason":"no_credentials"}`, `{"id":3,"code":1,"body":{"error":"internal error"},"reason":"internal"}`, `{"id":4,"code":0,"body":{"double":{"n":4}}}`},
		},
		{
			"an envelope that is wrong behind its id as well",
			[]string{`{"id":1,"action":5}`, `{"id":2,"action":"double","action":"bare"}`, `{"id":3,"timeout":-1}`, `{"id":4,"body":nonsense}`},
			[]string{`{"id":1,"code":1,"body":{"error":"action: a string is expected"},"reason":"bad_request"}`, `{"id":2,"code":1,"body":{"error":"key \"action\" stands twice in the envelope"},"reason":"bad_request"}`, `{"id":3,"code":1,"body":{"error":"timeout: a positive number of milliseconds is expected"},"reason":"bad_request"}`, `{"id":4,"code":1,"body":{"error":"invalid JSON at byte 15: found 'n' where a value is expected"},"reason":"bad_request"}`},
		},
		{
			"a stream",
			[]string{`{"id":1,"action":"null","token":"s3cret","body":{"n":2}}`, "", `{"id":2,"action":"null","token":"s3cret","body":{"n":2000}}`},
			append([]string{`{"id":1,"code":0,"more":true,"body":{"n":0}}`, `{"id":1,"code":0,"more":true,"body":{"n":1}}`, `{"id":1,"code":0}`},
				append(numbered(1000), `{"id":2,"code":2,"body":{"error":"the number is too large"},"name":"TooLarge"}`)...),
		},
		{
			"cancelled",
			[]string{`{"id":1,"action":"wait","token":"s3cret","body":{"n":3600}}`, "", `{"id":1,"cancel":true}`, `{"id":99,"cancel":true}`},
			[]string{`{"id":1,"code":1,"body":{"error":"context canceled"},"reason":"canceled"}`},
		},
		{
			"the deadline passes",
			[]string{`{"id":1,"timeout":1500,"action":"wait","token":"s3cret","body":{"n":3600}}`},
			[]string{`{"id":1,"code":1,"body":{"error":"context deadline exceeded"},"reason":"deadline_exceeded"}`},
		},
		{
			"an id twice at once",
			[]string{`{"id":1,"action":"wait","token":"s3cret","body":{"n":2}}`, `{"id":1,"action":"wait","token":"s3cret","body":{"n":2}}`},
			[]string{`{"id":1,"code":0,"body":{"wait":{"n":2}}}`, `{"goaway":true,"code":1,"body":{"error":"call 1 is under way already"},"reason":"bad_request"}`, "! EOF"},
		},
		{
			"classic at last",
			[]string{`{"id":1,"action":"wait","token":"s3cret","body":{"n":2}}`, `{"action":"double","token":"s3cret","body":{"n":2}}`},
			[]string{`{"id":1,"code":0,"body":{"wait":{"n":2}}}`, `{"code":0,"body":{"double":{"n":4}}}`, "! EOF"},
		},
		{
			"idle for long",
			[]string{`{"id":1,"action":"double","token":"s3cret","body":{"n":2}}`},
			[]string{`{"id":1,"code":0,"body":{"double":{"n":4}}}`, `{"goaway":true}`, "! EOF"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, runtime.Limits{})
				c := s.dial(t)
				defer c.Close()
				f := &frameReader{src: c, limit: 1 << 20}
				go func() {
					for _, text := range tt.send {
						if text == "" {
							time.Sleep(time.Second)
							continue
						}
						io.WriteString(c, framed(text))
					}
				}()
				for _, want := range tt.want {
					if got := read(t, f); got != want {
						t.Fatalf("%s\nwant %s", got, want)
					}
				}
			})
		})
	}
}

func numbered(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(`{"id":2,"code":0,"more":true,"body":{"n":%d}}`, i))
	}
	return all
}

func TestServer_tooManyConnections(t *testing.T) {
	for _, tt := range []struct {
		limits runtime.Limits
		want   string
	}{
		{runtime.Limits{Conns: 2}, "too many connections: the limit is 2"},
		{runtime.Limits{ConnsPerIP: 2}, "too many connections from this address: the limit is 2"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, tt.limits)
			a, b, c := s.dial(t), s.dial(t), s.dial(t)
			defer b.Close()
			synctest.Wait()
			got, _ := io.ReadAll(c)
			if want := framed(`{"code":1,"body":{"error":"` + tt.want + `"},"reason":"over_limit"}`); string(got) != want {
				t.Errorf("%s, want %s", got, want)
			}
			c.Close()
			a.Close()
			synctest.Wait()
			if n, err := invoke(t.Context(), s.client(t).Do, &actionDouble, 1); n != 2 || err != nil {
				t.Errorf("when there is room again: %d, %v", n, err)
			}
		})
	}
}

// A spy is a listener that records what the server does with its connections.
type spy struct {
	*wiretest.Listener
	saw func(what string)
}

func (l spy) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return spied{c.(*wiretest.Conn), l.saw}, nil
}

// A spied connection is one of a spy.
type spied struct {
	*wiretest.Conn
	saw func(what string)
}

func (c spied) Read(p []byte) (int, error) {
	c.saw(fmt.Sprintf("read %d", len(p)))
	return c.Conn.Read(p)
}

func (c spied) Close() error {
	c.saw("close")
	return c.Conn.Close()
}

// spyOn has s serve another listener. It returns a func that connects to it, and one that
// tells when the server first did something; a negative time is never.
func (s *server) spyOn(t *testing.T) (dial func(t *testing.T) *wiretest.Conn, when func(what string) time.Duration) {
	t.Helper()
	var mu sync.Mutex
	first := make(map[string]time.Time)
	l := spy{wiretest.Listen(), func(what string) {
		mu.Lock()
		defer mu.Unlock()
		if first[what].IsZero() {
			first[what] = time.Now()
		}
	}}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	began := time.Now()
	return (&server{l: l.Listener}).dial, func(what string) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return first[what].Sub(began)
	}
}

// A peer that was refused has 2 s to leave, whether it sends anything or not.
func TestServer_refusedPeerStays(t *testing.T) {
	for _, talks := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, runtime.Limits{Conns: 1})
			dial, when := s.spyOn(t)
			defer dial(t).Close()
			c := dial(t)
			defer c.Close()
			for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(300 * time.Millisecond) {
				if talks {
					io.WriteString(c, "x")
				}
			}
			if took := when("close"); took != 2*time.Second {
				t.Errorf("closed after %v", took)
			}
		})
	}
}

// When there is no room for calls, more of them wait, and none is refused.
func TestServer_tooManyCalls(t *testing.T) {
	for _, limits := range []runtime.Limits{{Calls: 3}, {CallsPerConn: 3}} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, limits)
			var running, most atomic.Int64
			s.Handler.(*runtime.Mux).Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
				n := running.Add(1)
				defer running.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				return next(ctx, req, out)
			})
			c := s.client(t)
			invoke(t.Context(), c.Do, &actionDouble, 1)
			began := time.Now()
			var wg sync.WaitGroup
			for range 12 {
				wg.Go(func() {
					if _, err := invoke(t.Context(), c.Do, &actionWait, 1); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if took := time.Since(began); most.Load() != 3 || took != 4*time.Second {
				t.Errorf("%d at once, %v in all", most.Load(), took)
			}
		})
	}
}

func TestServer_tooManyBadTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{FailedTokens: 3})
		good, bad := s.client(t), s.client(t)
		bad.Token = "wrong"
		invoke(t.Context(), good.Do, &actionDouble, 1)
		for n := range 5 {
			_, err := invoke(t.Context(), bad.Do, &actionDouble, 1)
			if runtime.CodeOf(err) != 3 || errors.Is(err, runtime.BadCredentials) != (n < 3) {
				t.Errorf("%d: %v", n, err)
			}
		}
		if _, err := invoke(t.Context(), good.Do, &actionDouble, 1); err != nil {
			t.Errorf("a token that was good before: %v", err)
		}
		time.Sleep(61 * time.Second)
		if _, err := invoke(t.Context(), bad.Do, &actionDouble, 1); !errors.Is(err, runtime.BadCredentials) {
			t.Errorf("a minute later: %v", err)
		}
	})
}

// A connection whose tokens are refused unchecked may send one a second. Other connections
// aren't held up.
func TestServer_holdsUpGuessing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{FailedTokens: 1})
		good, bad := s.client(t), s.client(t)
		bad.Token = "wrong"
		began := time.Now()
		call := func(c *runtime.Client, want time.Duration) {
			t.Helper()
			if invoke(t.Context(), c.Do, &actionDouble, 1); time.Since(began) != want {
				t.Errorf("answered at %v, want %v", time.Since(began), want)
			}
		}
		call(good, 0)
		call(bad, 0) // this one was checked
		call(bad, 0)
		for n := range 3 {
			call(good, time.Duration(n)*time.Second)
			call(bad, time.Duration(n+1)*time.Second)
		}
		time.Sleep(1500 * time.Millisecond)
		call(bad, 4500*time.Millisecond) // a lone caller isn't held up
	})
}

func TestServer_authFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		s := serve(t, runtime.Limits{}, func(s *runtime.Server) {
			s.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
			s.Auth = func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
				return runtime.Principal{}, errors.New("disk on fire")
			}
		})
		_, err := invoke(t.Context(), s.client(t).Do, &actionDouble, 1)
		if runtime.CodeOf(err) != runtime.Failed || strings.Contains(err.Error(), "fire") {
			t.Errorf("%v", err)
		}
		if text := logged.String(); !strings.Contains(text, "disk on fire") || strings.Contains(text, "s3cret") {
			t.Errorf("log: %s", text)
		}
	})
}

func TestServer_principal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		s.Handler.(*runtime.Mux).Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			derived, cancel := context.WithCancel(ctx)
			defer cancel()
			if req.Token != "" {
				t.Error("the token reaches the handler")
			}
			return runtime.Errorf(9, "%s, %s", runtime.PrincipalOf(ctx).Name, runtime.PrincipalOf(derived).Name)
		})
		if _, err := invoke(t.Context(), s.client(t).Do, &actionDouble, 1); err == nil || err.Error() != "ci, ci" {
			t.Error(err)
		}
	})
}

// A panic fails one call only, wherever it happens.
func TestServer_panics(t *testing.T) {
	actionMid := runtime.Action{Name: "mid", Reply: runtime.Bare, Stream: true}
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		s := serve(t, runtime.Limits{}, func(s *runtime.Server) { s.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
		mux := s.Handler.(*runtime.Mux)
		mux.Handle(&actionMid, stub.Stream(&actionMid, func(context.Context, *Number) iter.Seq2[Number, error] {
			return func(yield func(Number, error) bool) {
				yield(Number{1}, nil)
				panic("in the middle")
			}
		}))
		mux.Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			if req.Action == "double" {
				panic("in an interceptor")
			}
			return next(ctx, req, out)
		})
		var none *Number
		actionEncode := runtime.Action{Name: "encode"}
		mux.Handle(&actionEncode, func(context.Context, *runtime.Request, runtime.Responder) error {
			return &runtime.Error{Code: 5, Body: none}
		})
		c := s.client(t)
		for range 2 {
			if _, err := invoke(t.Context(), c.Do, &actionPanic, 1); err == nil || err.Error() != "internal error" {
				t.Errorf("handler: %v", err)
			}
			if _, err := invoke(t.Context(), c.Do, &actionEncode, 1); err == nil || err.Error() != "internal error" {
				t.Errorf("encoding the body of an error: %v", err)
			}
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err == nil || err.Error() != "internal error" {
				t.Errorf("interceptor: %v", err)
			}
			if got, err := items(t.Context(), c.Do, &actionMid, 1); len(got) != 1 || err == nil || err.Error() != "internal error" {
				t.Errorf("stream: %v, %v", got, err)
			}
			if _, err := invoke(t.Context(), c.Do, &actionWait, 0); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		}
		if n := strings.Count(logged.String(), "level=ERROR msg=panic"); n != 8 {
			t.Errorf("%d panics in the log:\n%s", n, &logged)
		}
	})
}

// A panic in Auth or in an interceptor of the server ends its own call only. The token isn't
// known to be bad then, so the address may send others.
func TestServer_panicsBeforeHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{FailedTokens: 1}, func(s *runtime.Server) {
			s.Auth = func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
				if strings.HasPrefix(c.Token, "panic") {
					panic("in Auth")
				}
				return auth(ctx, c)
			}
			s.Interceptors = []runtime.Interceptor{func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
				if req.Action == "before" {
					panic("in an interceptor")
				}
				err := next(ctx, req, out)
				if req.Action == "after" {
					panic("in an interceptor")
				}
				return err
			}}
		})
		c := s.dial(t)
		defer c.Close()
		f := &frameReader{src: c, limit: 1 << 20}
		io.WriteString(c, framed(`{"id":9,"action":"wait","token":"s3cret","body":{"n":3}}`))
		synctest.Wait() // the peer is known from then on
		for n := range 3 {
			io.WriteString(c, framed(fmt.Sprintf(`{"id":1,"action":"double","token":"panic %d","body":{"n":1}}`, n))+
				framed(`{"id":2,"action":"before","token":"s3cret"}`)+
				framed(`{"id":3,"action":"after","token":"s3cret"}`)+
				framed(`{"id":4,"action":"double","token":"s3cret","body":{"n":2}}`))
			got := []string{read(t, f), read(t, f), read(t, f), read(t, f)}
			slices.Sort(got)
			const failed = `"code":1,"body":{"error":"internal error"},"reason":"internal"}`
			if want := []string{`{"id":1,` + failed, `{"id":2,` + failed, `{"id":3,` + failed, `{"id":4,"code":0,"body":{"double":{"n":4}}}`}; !slices.Equal(got, want) {
				t.Errorf("%q\nwant %q", got, want)
			}
		}
		if got := read(t, f); got != `{"id":9,"code":0,"body":{"wait":{"n":3}}}` {
			t.Errorf("the call that began before: %s", got)
		}
	})
}

// A peer that doesn't read its answers is closed after Limits.Write.
func TestServer_peerDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{Write: time.Minute})
		ended := make(chan error, 1)
		s.Handler.(*runtime.Mux).Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			err := out.Respond(new(runtime.Raw(`"` + strings.Repeat("x", 32<<20) + `"`)))
			ended <- err
			return err
		})
		c := s.dial(t)
		defer c.Close()
		io.WriteString(c, framed(`{"id":1,"action":"double","token":"s3cret","body":{"n":1}}`))
		began := time.Now()
		err := <-ended
		if took := time.Since(began); err == nil || took < time.Minute || took > 75*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

func TestServer_stops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		c := s.client(t)
		invoke(t.Context(), c.Do, &actionDouble, 1) // persistent, and idle
		silent := s.dial(t)
		defer silent.Close()
		classic := s.dial(t)
		io.WriteString(classic, framed(`{"action":"wait","token":"s3cret","body":{"n":5}}`))
		synctest.Wait()
		began := time.Now()
		s.stop()
		got, _ := io.ReadAll(classic)
		if want := framed(`{"code":0,"body":{"wait":{"n":5}}}`); string(got) != want {
			t.Errorf("the call under way: %s", got)
		}
		classic.Close()
		if err := <-s.done; err != nil || time.Since(began) != 5*time.Second {
			t.Errorf("Serve: %v after %v", err, time.Since(began))
		}
		s.done <- nil
		if _, err := s.l.Dial(); err == nil {
			t.Error("it still listens")
		}
	})
}

func TestServer_stopsIdleAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		c := s.client(t)
		invoke(t.Context(), c.Do, &actionDouble, 1)
		time.Sleep(time.Second)
		began := time.Now()
		s.stop()
		if err := <-s.done; err != nil || time.Since(began) > 0 {
			t.Errorf("Serve: %v after %v", err, time.Since(began))
		}
		s.done <- nil
	})
}

// Grace is how long calls may go on after the end of Serve's context.
func TestServer_grace(t *testing.T) {
	const second = time.Second
	for _, tt := range []struct {
		name  string
		grace time.Duration
		call  int64         // the seconds that the call takes
		took  time.Duration // until Serve returned
		cut   bool
	}{
		{"time enough", 10 * second, 5, 5 * second, false},
		{"too late", 10 * second, 3600, 10 * second, true},
		{"10 s by default", 0, 3600, 10 * second, true},
		{"at once", -1, 3600, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, runtime.Limits{}, func(s *runtime.Server) { s.Grace = tt.grace })
				client := s.client(t)
				called := make(chan error)
				go func() {
					_, err := invoke(t.Context(), client.Do, &actionWait, tt.call)
					called <- err
				}()
				synctest.Wait()
				began := time.Now()
				s.stop()
				if err := <-called; (err != nil) != tt.cut {
					t.Errorf("the call: %v", err)
				}
				if err := <-s.done; err != nil || time.Since(began) != tt.took {
					t.Errorf("Serve: %v after %v, want %v", err, time.Since(began), tt.took)
				}
				s.done <- nil
			})
		})
	}
}

// The calls of all listeners are cancelled at the same time, even if a handler takes long to
// notice.
func TestServer_cutsAllListeners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var began time.Time
		cut := make(chan time.Duration, 2)
		mux := newMux()
		mux.Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			<-ctx.Done()
			cut <- time.Since(began)
			time.Sleep(4 * time.Second)
			return ctx.Err()
		})
		srv := &runtime.Server{Wire: Wire{}, Handler: mux, Auth: auth, Grace: time.Second}
		listeners := []*wiretest.Listener{wiretest.Listen(), wiretest.Listen()}
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- srv.Serve(ctx, listeners[0], listeners[1]) }()
		for _, l := range listeners {
			c := &runtime.Client{Wire: Wire{}, Addr: "memory", Token: "s3cret", Dial: l.DialContext}
			defer c.Close()
			go invoke(t.Context(), c.Do, &actionDouble, 1)
		}
		synctest.Wait()
		began = time.Now()
		stop()
		if err := <-served; err != nil || time.Since(began) != 5*time.Second {
			t.Errorf("Serve: %v after %v", err, time.Since(began))
		}
		for range 2 {
			if after := <-cut; after != time.Second {
				t.Errorf("a call was cut after %v", after)
			}
		}
	})
}

func TestServer_handlerGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		end := make(chan struct{})
		s.Handler.(*runtime.Mux).Use(func(context.Context, *runtime.Request, runtime.Responder, runtime.Func) error {
			<-end
			return nil
		})
		go invoke(t.Context(), s.client(t).Do, &actionDouble, 1)
		synctest.Wait()
		began := time.Now()
		s.stop()
		if err := <-s.done; err == nil || !strings.Contains(err.Error(), "handlers that go on") {
			t.Errorf("Serve: %v", err)
		}
		if took := time.Since(began); took != 15*time.Second { // Grace, and 5 s to take notice
			t.Errorf("Serve returns after %v", took)
		}
		s.done <- nil
		close(end)
	})
}

func TestServer_withoutAuth(t *testing.T) {
	l := wiretest.Listen()
	s := &runtime.Server{Wire: Wire{}, Handler: newMux()}
	if err := s.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "Anybody") {
		t.Errorf("Serve: %v", err)
	}
}

// faultyListener fails a few times.
type faultyListener struct {
	*wiretest.Listener
	left atomic.Int64
}

func (l *faultyListener) Accept() (net.Conn, error) {
	if l.left.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

func TestServer_outOfFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &faultyListener{Listener: wiretest.Listen()}
		l.left.Store(10)
		s := &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: runtime.Anybody}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		began := time.Now()
		go func() { done <- s.Serve(ctx, l) }()
		c := &runtime.Client{Wire: Wire{}, Addr: "memory", Dial: func(context.Context, string) (net.Conn, error) { return l.Dial() }}
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 2135*time.Millisecond { // 5 ms, twice as much each time, but not above 500 ms
			t.Errorf("it took %v", took)
		}
		c.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
