package tpp

import (
	"context"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// Of two servers one is restarted as soon as the other is there again, however long that
// took: no call fails.
func TestClient_oneRestartAfterTheOther(t *testing.T) {
	for _, down := range []time.Duration{500 * time.Millisecond, 2 * time.Second, 5 * time.Second, 30 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			servers := map[string]*server{"a": serve(t, runtime.Limits{}), "b": serve(t, runtime.Limits{})}
			swap := func(addr string, s *server) (old *server) {
				mu.Lock()
				defer mu.Unlock()
				old, servers[addr] = servers[addr], s
				return old
			}
			c := &runtime.Client{Wire: Wire{}, Addr: "a,b", Token: "s3cret", Dial: func(_ context.Context, addr string) (net.Conn, error) {
				mu.Lock()
				defer mu.Unlock()
				if s := servers[addr]; s != nil {
					return s.l.Dial()
				}
				return nil, syscall.ECONNREFUSED
			}}
			defer c.Close()
			done := make(chan struct{})
			go func() {
				defer close(done)
				time.Sleep(time.Second)
				swap("a", nil).stop()
				time.Sleep(down)
				swap("a", serve(t, runtime.Limits{}))
				swap("b", nil).stop()
				time.Sleep(down)
				swap("b", serve(t, runtime.Limits{}))
			}()
			began := time.Now()
			failed := 0
			for over := false; !over; time.Sleep(10 * time.Millisecond) {
				if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
					if failed++; failed == 1 {
						t.Errorf("servers down for %v, after %v: %v", down, time.Since(began), err)
					}
				}
				select {
				case <-done:
					over = true
				default:
				}
			}
			if failed > 0 {
				t.Errorf("%d calls failed", failed)
			}
		})
	}
}
