package balance

import (
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// replace makes the backends of b those at places.
func replace(b *Balancer, places ...place) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replace(places)
}

// While a peer isn't well, its name is looked up once a second.
func TestNames_trouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTown().client(t, "svc:1")
		var lookups []time.Time
		c.names.lookup = func(context.Context, string) ([]string, error) {
			lookups = append(lookups, time.Now())
			return []string{"10.0.0.1", "10.0.0.2"}, nil
		}
		for range 100 {
			(*c.backends.Load())[0].Report(NoAnswer)
			time.Sleep(lookTrouble / 10)
		}
		if len(lookups) != 10 {
			t.Errorf("%d lookups in 10 s", len(lookups))
		}
		for i := 1; i < len(lookups); i++ {
			if d := lookups[i].Sub(lookups[i-1]); d != lookTrouble {
				t.Errorf("lookup %d came %v after the one before", i, d)
			}
		}
	})
}

// A dial that fails has names looked up.
func TestNames_failedDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("10.0.0.1:1", "10.0.0.2:1")
		c := w.client(t, "svc:1")
		c.names.lookup = func(context.Context, string) ([]string, error) { return []string{"10.0.0.1", "10.0.0.2"}, nil }
		invoke(t.Context(), c, &plain) // fails, unless the lookup is faster
		synctest.Wait()
		if err := invoke(t.Context(), c, &plain); err != nil {
			t.Errorf("after the lookup: %v", err)
		}
	})
}

// The addresses of a name are backends, also when they change.
func TestNames_lookedUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := []string{"svc:1", "10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1", "[fd00::1]:1"}
		w := newTown(all...)
		var addrs atomic.Pointer[[]string]
		var failing atomic.Bool
		c := w.client(t, "svc:1")
		c.names.lookup = func(_ context.Context, host string) ([]string, error) {
			if host != "svc" || failing.Load() {
				return nil, &net.DNSError{Err: "no such host", Name: host}
			}
			return *addrs.Load(), nil
		}
		c.names.stale.Store(true)
		for _, tt := range []struct {
			addrs, want string
		}{
			{"10.0.0.1 fd00::1", "svc:1"}, // one host
			{"10.0.0.1 10.0.0.2 fd00::1", "10.0.0.1:1 10.0.0.2:1"},
			{"10.0.0.2 10.0.0.3", "10.0.0.2:1 10.0.0.3:1"},
			{"", "10.0.0.2:1 10.0.0.3:1"}, // can't be looked up
			{"fd00::1", "svc:1"},
		} {
			failing.Store(tt.addrs == "")
			addrs.Store(new(strings.Fields(tt.addrs)))
			time.Sleep(lookAgain)
			invoke(t.Context(), c, &plain)
			synctest.Wait()
			for _, addr := range all {
				w.count(addr)
			}
			together(t, c, 12)
			for _, addr := range all {
				n, _ := w.count(addr)
				if want := strings.Fields(tt.want); strings.Contains(tt.want, addr) != (n > 0) || n > 12/len(want) {
					t.Errorf("%q: %s got %d calls", tt.addrs, addr, n)
				}
			}
		}
	})
}

// An address that is written twice, or looked up twice, is one peer.
func TestNames_duplicates(t *testing.T) {
	for _, tt := range []struct{ addr, addrs, want string }{
		{"a,b, a", "", "a b"},
		{"svc:1,svc:1", "", "svc:1"},
		{"svc:1,svc:1", "10.0.0.1", "svc:1"},
		{"svc:1", "10.0.0.1 10.0.0.1", "svc:1"},
		{"svc:1,svc:1", "10.0.0.1 10.0.0.2 10.0.0.1", "10.0.0.1:1 10.0.0.2:1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newTown("a", "b", "svc:1", "10.0.0.1:1", "10.0.0.2:1")
			c := w.client(t, tt.addr)
			c.names.lookup = func(context.Context, string) ([]string, error) { return strings.Fields(tt.addrs), nil }
			c.names.stale.Store(true)
			time.Sleep(lookAgain)
			for range 2 { // the first call begins the lookup
				invoke(t.Context(), c, &plain)
				synctest.Wait()
			}
			var got []string
			for _, p := range *c.backends.Load() {
				got = append(got, p.addr)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%+v: the backends are %q", tt, got)
			}
			go invokeFor(t.Context(), c, &plain, time.Second)
			synctest.Wait()
			began := time.Now()
			c.Close()
			if took := time.Since(began); took != time.Second {
				t.Errorf("%+v: Close waited %v for a call of 1 s", tt, took)
			}
		})
	}
}

// A call that chose its peer before that was replaced goes to another one.
func TestNames_peerIsReplacedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a", "b")
		c := w.client(t, "a")
		invoke(t.Context(), c, &plain)
		old := (*c.backends.Load())[0]
		replace(c, place{"b", "b"})
		synctest.Wait()
		if err := old.attempt(t.Context(), &runtime.Request{Action: "plain"}, nil, false); !IsUnseen(err) {
			t.Errorf("a call of the old peer: %v", err)
		}
		if err := invoke(t.Context(), c, &plain); err != nil {
			t.Error(err)
		}
		if n, _ := w.count("b"); n != 1 {
			t.Errorf("b got %d calls", n)
		}
	})
}

// A peer that was replaced finishes its calls; then its endpoint is closed. Close
// waits for it, too.
func TestNames_replacedPeerFinishesCalls(t *testing.T) {
	for _, grace := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			w := newTown("a", "b")
			c := w.client(t, "a", func(c *runtime.Client) { c.Grace = grace })
			done := make(chan error, 1)
			go func() { done <- invokeFor(t.Context(), c, &plain, 5*time.Second) }()
			synctest.Wait()
			began := time.Now()
			replace(c, place{"b", "b"})
			synctest.Wait()
			select {
			case <-w.ends[0].closed:
				t.Error("the endpoint is closed under a call")
			default:
			}
			if grace > 0 {
				c.Close()
			}
			<-w.ends[0].closed
			want := 5 * time.Second
			if grace > 0 {
				want = grace
			}
			if took := time.Since(began); took != want {
				t.Errorf("its endpoint was closed after %v, want %v", took, want)
			}
			if err := <-done; (err == nil) != (grace == 0) {
				t.Errorf("its call: %v", err)
			}
		})
	}
}

// What isn't a name isn't looked up.
func TestNames_hostOf(t *testing.T) {
	b := &Balancer{client: &runtime.Client{}}
	for name, want := range map[string]string{
		"host:1":       "host",
		"10.0.0.1:1":   "",
		"[fd00::1]:1":  "",
		"unix:/a/b":    "",
		"host":         "",
		"":             "",
		"a.example:80": "a.example",
	} {
		if got := b.hostOf(name); got != want {
			t.Errorf("hostOf(%q) = %q, want %q", name, got, want)
		}
	}
	b.client.Dial = func(context.Context, string) (net.Conn, error) { return nil, io.EOF }
	if got := b.hostOf("host:1"); got != "" {
		t.Errorf("with Dial, %q is looked up", got)
	}
}
