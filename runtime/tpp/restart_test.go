package tpp

import (
	"context"
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// Servers are restarted one after the other: no call fails, though none may be made
// twice, and each is performed once.
func TestSoak_rollingRestarts(t *testing.T) {
	cert := peertest.NewCertificate(t)
	for _, tt := range []struct {
		name string
		cert *peertest.Certificate
	}{
		{"plain", nil},
		{"TLS", &cert},
	} {
		t.Run(tt.name, func(t *testing.T) {
			leavesNothing(t, func() { restarts(t, tt.cert) })
		})
	}
}

func restarts(t *testing.T, cert *peertest.Certificate) {
	const callers = 256
	actionOnce := runtime.Action{Name: "once"}
	performed := new(tally)
	setup := func(s *tcpServer) {
		s.cert = cert
		s.handle(&actionOnce, stub.Unary(&actionOnce, func(_ context.Context, req *Number) (*Number, error) {
			if n := performed.add(int(req.N%callers), int(req.N/callers)); n != 1 {
				t.Errorf("call %d was performed %d times", req.N, n)
			}
			return req, nil
		}))
	}
	servers := []*tcpServer{serveTCP(t, "", setup), serveTCP(t, "", setup)}
	c := watched(servers[0].client())
	c.Addr += "," + servers[1].addr
	// From the first answer on, calls share a connection; until then each needs a
	// handshake.
	for slices.ContainsFunc(endpoints(c), func(e *endpoint) bool { return e.mode.Load() != persistent }) {
		if _, err := invoke(context.Background(), c.Do, &actionDouble, 1); err != nil {
			t.Fatal(err)
		}
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	var calls, failed atomic.Int64
	for caller := range callers {
		wg.Go(func() {
			for n := 0; !stop.Load(); n++ {
				nonce := int64(n*callers + caller)
				got, err := invoke(context.Background(), c.Do, &actionOnce, nonce)
				if err == nil && (got != nonce || performed.of(caller, n) != 1) {
					t.Errorf("once(%d) = %d, performed %d times", nonce, got, performed.of(caller, n))
				}
				if err != nil && failed.Add(1) < 10 {
					t.Errorf("once(%d): %v", nonce, err)
				}
				calls.Add(1)
			}
		})
	}
	for n := range short(6, 100) {
		for before := calls.Load(); calls.Load() < before+1000; {
			goruntime.Gosched()
		}
		i := n % 2
		addr := servers[i].addr
		servers[i].end(t)
		servers[i] = serveTCP(t, addr, setup)
	}
	stop.Store(true)
	wg.Wait()
	c.Close()
	for _, s := range servers {
		s.end(t)
	}
	t.Logf("%d calls, %d failed", calls.Load(), failed.Load())
}
