package tpp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// This file tests what newcomers can take: peers that haven't authenticated yet on their
// connection.

// A town is a listener whose connections come from the address that is set.
type town struct {
	*wiretest.Listener
	addr atomic.Pointer[net.TCPAddr]
}

func (w *town) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return placed{c.(*wiretest.Conn), w.addr.Load()}, nil
}

// A placed connection has another address.
type placed struct {
	*wiretest.Conn
	addr net.Addr
}

func (p placed) RemoteAddr() net.Addr { return p.addr }

// from makes connections come from the address with a number from now on.
func (w *town) from(n int) { w.addr.Store(&net.TCPAddr{IP: net.IPv4(10, 0, byte(n>>8), byte(n))}) }

// serveTown starts a server in a town.
func serveTown(t *testing.T, limits runtime.Limits, setup ...func(*runtime.Server)) (*server, *town) {
	s := &server{
		Server: &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: auth, Limits: limits},
		l:      wiretest.Listen(),
		done:   make(chan error, 1),
	}
	for _, f := range setup {
		f(s.Server)
	}
	w := &town{Listener: s.l}
	w.from(0)
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() { s.done <- s.Serve(ctx, w) }()
	t.Cleanup(func() {
		cancel()
		if err := <-s.done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s, w
}

// Newcomers from one address don't keep those from another from sending long requests, nor
// peers that are known. What can't be held is refused from its header on, and in persistent
// mode the connection goes on.
func TestDoor_longRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := serveTown(t, runtime.Limits{Frame: 1 << 20})
		known := s.client(t)
		if _, err := invoke(t.Context(), known.Do, &actionDouble, 1); err != nil {
			t.Fatal(err)
		}
		w.from(1)
		for range 20 {
			c := s.dial(t)
			defer c.Close()
			c.SetWriteDeadline(time.Now().Add(time.Second))
			io.WriteString(c, "1000000\n"+strings.Repeat(" ", 900_000))
		}
		synctest.Wait()
		const tooMuch = `"code":1,"body":{"error":"too much was sent by peers without an authenticated call, try again later"}`
		long := strings.Repeat(" ", 900_000)
		refused := s.dial(t)
		defer refused.Close()
		f := &frameReader{src: refused, limit: 1 << 20}
		go io.WriteString(refused, framed(`{"id":1,"action":"bare","body":{"n":1}}`)+
			framed(`{"id":2,"action":"double","token":"s3cret","body":{"n":1`+long+`}}`)+
			framed(`{"id":3,"action":"double","token":"s3cret","body":{"n":1}}`)+
			framed(`{"id":4,"action":"double","token":"s3cret","body":{"n":1`+long+`}}`))
		for _, want := range []string{
			`{"id":1,"code":0,"body":{"n":2}}`,
			`{"id":2,` + tooMuch + `,"reason":"over_limit"}`,
			`{"id":3,"code":0,"body":{"double":{"n":2}}}`,
			`{"id":4,"code":0,"body":{"double":{"n":2}}}`,
		} {
			if got := read(t, f); got != want {
				t.Errorf("from an address that has sent too much: %s, want %s", got, want)
			}
		}
		classic := s.dial(t)
		defer classic.Close()
		go io.WriteString(classic, framed(`{"action":"double","body":{"n":1`+long+`},"token":"s3cret"}`))
		if got, _ := io.ReadAll(classic); string(got) != framed("{"+tooMuch+"}") {
			t.Errorf("a classic request: %s", got)
		}

		w.from(2)
		newcomer := s.dial(t)
		defer newcomer.Close()
		began := time.Now()
		go io.WriteString(newcomer, framed(`{"action":"double","body":{"n":1`+long+`},"token":"s3cret"}`))
		if got, _ := io.ReadAll(newcomer); string(got) != framed(`{"code":0,"body":{"double":{"n":2}}}`) || time.Since(began) > 0 {
			t.Errorf("a newcomer from elsewhere: %s after %v", got, time.Since(began))
		}
		if _, err := invoke(t.Context(), known.Do, &actionDouble, 1); err != nil || time.Since(began) > 0 {
			t.Errorf("a peer that is known: %v after %v", err, time.Since(began))
		}
	})
}

// Twenty slow newcomers don't keep all of twenty places.
func TestDoor_places(t *testing.T) {
	for _, limits := range []runtime.Limits{{Conns: 20}, {ConnsPerIP: 20}} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := serveTown(t, limits)
			known := s.client(t)
			if _, err := invoke(t.Context(), known.Do, &actionDouble, 1); err != nil {
				t.Fatal(err)
			}
			var slow sync.WaitGroup
			for range 30 {
				c := s.dial(t)
				slow.Go(func() {
					defer c.Close()
					for _, b := range []byte("1000\n" + strings.Repeat(" ", 1000)) {
						if _, err := c.Write([]byte{b}); err != nil {
							return
						}
						time.Sleep(time.Second)
					}
					t.Error("a slow newcomer could send all of its request")
				})
			}
			time.Sleep(1500 * time.Millisecond)
			for range 3 {
				began := time.Now()
				c := s.client(t)
				if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil || time.Since(began) > 0 {
					t.Errorf("another caller: %v after %v", err, time.Since(began))
				}
				if _, err := invoke(t.Context(), known.Do, &actionDouble, 1); err != nil || time.Since(began) > 0 {
					t.Errorf("a caller that is known: %v after %v", err, time.Since(began))
				}
			}
			began := time.Now()
			slow.Wait()
			if took := time.Since(began); took > 40*time.Second {
				t.Errorf("the newcomers were there for %v more", took)
			}
		})
	}
}

// Calls that wait for a first verdict on their token hold no place, and their number and
// time is bounded.
func TestDoor_verdicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const addresses, tokens = 10, 16
		var checks atomic.Int64
		s, w := serveTown(t, runtime.Limits{Calls: 4, PreAuthTokens: 20, FailedTokens: 1000}, func(s *runtime.Server) {
			s.Auth = func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
				if strings.HasPrefix(c.Token, "slow") {
					checks.Add(1)
					<-ctx.Done()
					return runtime.Principal{}, ctx.Err()
				}
				return auth(ctx, c)
			}
		})
		known := s.client(t)
		if _, err := invoke(t.Context(), known.Do, &actionDouble, 1); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		var attack sync.WaitGroup
		var mu sync.Mutex
		took := make(map[string]int) // how many calls ended how, and when
		for a := range addresses {
			w.from(a + 1)
			c := s.dial(t)
			synctest.Wait()
			attack.Go(func() {
				f := &frameReader{src: c, limit: 1 << 20}
				for {
					frame, err := f.next()
					if err != nil {
						return
					}
					var resp struct{ Body struct{ Error string } }
					if err := json.Unmarshal(frame.b, &resp); err != nil {
						t.Error(err)
					}
					mu.Lock()
					took[fmt.Sprint(resp.Body.Error, " ", time.Since(began).Truncate(time.Second))]++
					mu.Unlock()
				}
			})
			attack.Go(func() {
				for n := range tokens {
					io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"double","token":"slow %d","body":{"n":1}}`, n+1, n)))
				}
			})
			defer c.Close()
		}
		synctest.Wait()
		for range 100 {
			if _, err := invoke(t.Context(), known.Do, &actionDouble, 1); err != nil || time.Since(began) > 0 {
				t.Errorf("a token that was good before: %v after %v", err, time.Since(began))
			}
		}
		w.from(100)
		for range 3 {
			c := s.client(t)
			c.Token = "s3cret"
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil || time.Since(began) > 0 {
				t.Errorf("a newcomer: %v after %v", err, time.Since(began))
			}
		}
		if n := checks.Load(); n < addresses || n >= 20+addresses {
			t.Errorf("%d tokens are checked at once, want at most one for each address beyond 20", n)
		}
		time.Sleep(time.Minute)
		mu.Lock()
		late, early := took["the token couldn't be checked in time, try again later 30s"], 0
		for what, n := range took {
			if strings.HasPrefix(what, "too many tokens are being checked") {
				early += n
			}
		}
		if int64(late) != checks.Load() || late+early != addresses*tokens {
			t.Errorf("%d of %d tokens were given up after 30s: %v", late, addresses*tokens, took)
		}
		mu.Unlock()
		attack.Wait()
	})
}

// A place that a call gave back for the check of its token is there again afterwards,
// whatever came of the check.
func TestDoor_placesComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := serveTown(t, runtime.Limits{Calls: 2, CallsPerConn: 2, FailedTokens: -1}, func(s *runtime.Server) {
			s.Auth = func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
				switch kind, _, _ := strings.Cut(c.Token, " "); kind {
				case "panic":
					panic("in Auth")
				case "fail":
					return runtime.Principal{}, errors.New("down")
				case "bad":
					return runtime.Principal{}, runtime.BadCredentials
				}
				time.Sleep(time.Second)
				return runtime.Principal{}, nil
			}
		})
		c := s.dial(t)
		defer c.Close()
		f := &frameReader{src: c, limit: 1 << 20}
		for n := range 10 {
			for _, kind := range []string{"panic", "fail", "bad", "good"} {
				go io.WriteString(c, framed(fmt.Sprintf(`{"id":1,"action":"double","token":"%s %d","body":{"n":1}}`, kind, n)))
				read(t, f)
			}
		}
		// Two calls at a time, each of which takes a second for its token and one more.
		began := time.Now()
		go func() {
			for n := range 8 {
				io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"wait","token":"good","body":{"n":1}}`, n+1)))
			}
		}()
		for range 8 {
			read(t, f)
		}
		if took := time.Since(began); took < 5*time.Second || took > 9*time.Second {
			t.Errorf("8 calls took %v", took)
		}
	})
}

// A newcomer has few calls at a time. The others wait, and begin when one is authenticated.
func TestDoor_fewCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var most, running atomic.Int64
		verdict := make(chan struct{})
		s, _ := serveTown(t, runtime.Limits{PreAuthCalls: 3}, func(s *runtime.Server) {
			s.Auth = func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
				most.Store(max(most.Load(), running.Add(1)))
				<-verdict
				running.Add(-1)
				return auth(ctx, c)
			}
		})
		c := s.dial(t)
		defer c.Close()
		f := &frameReader{src: c, limit: 1 << 20}
		go func() {
			for n := range 100 {
				io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"wait","token":"s3cret","body":{"n":5}}`, n+1)))
			}
		}()
		synctest.Wait()
		if n := most.Load(); n != 3 {
			t.Errorf("%d calls of a newcomer at once, want 3", n)
		}
		began := time.Now()
		close(verdict)
		for range 100 {
			read(t, f)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("100 calls of 5s took %v", took)
		}
	})
}

// A newcomer is asked to leave when its time is up, and its connection is closed. A call
// that needs no token may end first.
func TestDoor_time(t *testing.T) {
	openTicks := runtime.Action{Name: "open", Reply: runtime.Bare, Stream: true, End: runtime.EndNever, NoAuth: true}
	for _, tt := range []struct {
		name  string
		sends []string // one each 5 s
		want  string   // answers, without those to calls
		took  time.Duration
	}{
		{"bad tokens", repeat(20, `{"id":1,"action":"double","token":"bad","body":{"n":1}}`), `{"goaway":true}`, 35 * time.Second},
		{"no tokens", repeat(20, `{"id":1,"action":"bare","body":{"n":1}}`), `{"goaway":true}`, 35 * time.Second},
		{"a stream", []string{`{"id":1,"action":"open","body":{"n":1}}`}, `{"goaway":true}`, 2 * time.Minute},
		{"one call", []string{`{"id":1,"action":"bare","body":{"n":1}}`}, `{"goaway":true}`, 35 * time.Second},
		{"good tokens", repeat(20, `{"id":1,"action":"double","token":"s3cret","body":{"n":1}}`), ``, 100 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := serveTown(t, runtime.Limits{}, func(s *runtime.Server) {
					s.Handler.(*runtime.Mux).Handle(&openTicks, stub.Stream(&openTicks, ticks))
				})
				c := s.dial(t)
				began := time.Now()
				var sending sync.WaitGroup
				sending.Go(func() {
					for _, frame := range tt.sends {
						if _, err := io.WriteString(c, framed(frame)); err != nil {
							return
						}
						time.Sleep(5 * time.Second)
					}
					if tt.took >= 100*time.Second {
						time.Sleep(tt.took - time.Since(began))
						c.Close()
					}
				})
				got := ""
				f := &frameReader{src: c, limit: 1 << 20}
				for {
					frame, err := f.next()
					if err != nil {
						break
					}
					if !strings.HasPrefix(string(frame.b), `{"id":1,`) {
						got += string(frame.b)
					}
				}
				if took := time.Since(began); got != tt.want || took != tt.took {
					t.Errorf("%s after %v, want %s after %v", got, took, tt.want, tt.took)
				}
				sending.Wait()
				c.Close()
			})
		})
	}
}

func repeat(n int, s string) (all []string) {
	for range n {
		all = append(all, s)
	}
	return all
}

// The check of a token ends when the connection of its newcomer is closed for another one.
func TestDoor_checksEndWithConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int64
		s, _ := serveTown(t, runtime.Limits{Conns: 1}, func(s *runtime.Server) {
			s.Auth = func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
				if c.Token != "slow" {
					return auth(ctx, c)
				}
				<-ctx.Done()
				ended.Add(1)
				return runtime.Principal{}, ctx.Err()
			}
		})
		c := s.dial(t)
		defer c.Close()
		for n := range 16 {
			io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"double","token":"slow","body":{"n":1}}`, n+1)))
		}
		time.Sleep(2 * time.Second)
		if _, err := invoke(t.Context(), s.client(t).Do, &actionDouble, 1); err != nil {
			t.Errorf("another caller: %v", err)
		}
		synctest.Wait()
		if n := ended.Load(); n != 16 {
			t.Errorf("%d of 16 checks have ended with their connection", n)
		}
	})
}
