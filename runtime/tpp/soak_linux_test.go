package tpp

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	goruntime "runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/tpp-rpc/tpp/runtime"
	tokens "github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// Linux has all of 127.0.0.0/8, so attackers can come from many addresses there.

// A mob attacks a server from many addresses, without a good token.
type mob struct {
	t    *testing.T
	s    *tcpServer
	ctx  context.Context
	wait sync.WaitGroup
}

// dialFrom connects from an address, and closes the connection when the attack ends.
func (m *mob) dialFrom(ctx context.Context, ip string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	return d.DialContext(ctx, "tcp", m.s.addr)
}

// attack has n attackers, each at its address, connect again and again, at most once in a
// while, until the attack ends. What they do is f, with a connection that is closed then.
func (m *mob) attack(n int, ip func(n int) string, f func(c net.Conn)) {
	if raceEnabled {
		n = (n + 7) / 8 // it isn't the attackers that should take the time
	}
	for n := range n {
		m.wait.Go(func() {
			for m.ctx.Err() == nil {
				m.once(ip(n), f)
				select {
				case <-m.ctx.Done():
				case <-time.After(time.Second):
				}
			}
		})
	}
}

func (m *mob) once(ip string, f func(c net.Conn)) {
	plain, err := m.dialFrom(m.ctx, ip)
	if err != nil {
		return
	}
	defer context.AfterFunc(m.ctx, func() { plain.Close() })()
	defer plain.Close()
	c := plain
	if m.s.cert != nil {
		config := m.s.cert.Client.Clone()
		config.ServerName = "127.0.0.1"
		tc := tls.Client(c, config)
		if tc.HandshakeContext(m.ctx) != nil {
			return
		}
		c = tc
	}
	f(c)
}

// one returns the same address each time, and all another one for each attacker.
func one(int) string   { return "127.9.9.9" }
func all(n int) string { return fmt.Sprintf("127.8.%d.%d", n/250, n%250+1) }

// Whatever peers without a good token do, peers that are known lose no call and newcomers
// get in, with long requests too, and the server's memory stays bounded.
func TestSoak_newcomers(t *testing.T) {
	cert := peertest.NewCertificate(t)
	for _, tt := range []struct {
		name string
		cert *peertest.Certificate
	}{
		{"plain", nil},
		{"TLS", &cert},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cost := short(bcrypt.MinCost, 10)
			if raceEnabled {
				cost = bcrypt.MinCost
			}
			hash, err := bcrypt.GenerateFromPassword([]byte("s3cret"), cost)
			if err != nil {
				t.Fatal(err)
			}
			check, err := tokens.Bcrypt(map[string]string{"ci": string(hash)}, tokens.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			leavesLittle(t, 8<<20, func() {
				s := serveTCP(t, "", func(s *tcpServer) {
					s.cert = tt.cert
					s.Auth = check
					s.Limits = runtime.Limits{Frame: 1 << 20, Conns: 400, Header: time.Minute, PreAuth: time.Minute}
				})
				siege(t, s)
				s.end(t)
			})
		})
	}
}

// siege attacks s, and makes honest calls meanwhile.
func siege(t *testing.T, s *tcpServer) {
	known := s.client()
	calm := latency(t, known, func(n int) bool { return n < short(200, 5000) })

	ctx, stop := context.WithCancel(t.Context())
	m := &mob{t: t, s: s, ctx: ctx}
	part := strings.Repeat(" ", 64<<10)
	long := func(c net.Conn) { // most of a long request
		io.WriteString(c, "1000000\n{")
		for range 14 {
			if _, err := io.WriteString(c, part); err != nil {
				break
			}
		}
		io.Copy(io.Discard, c)
	}
	m.attack(short(5, 60), one, long)
	m.attack(short(5, 60), all, long)
	m.attack(short(5, 170), all, func(c net.Conn) { // guesses of a token
		go func() {
			for n := range 100 {
				io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"double","token":"wrong %p %d","body":{"n":1}}`, n+1, c, n)))
			}
		}()
		io.Copy(io.Discard, c)
	})
	m.attack(short(5, 60), all, func(c net.Conn) { // a byte now and then
		io.WriteString(c, "1000\n{")
		for {
			if _, err := io.WriteString(c, " "); err != nil {
				return
			}
			select {
			case <-m.ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	m.attack(short(2, 20), all, func(c net.Conn) { // answers that aren't read
		for {
			if _, err := io.WriteString(c, framed(`{"id":1,"action":"nope","body":{"n":1}}`)); err != nil {
				return
			}
		}
	})
	m.attack(short(5, 60), one, func(c net.Conn) { io.Copy(io.Discard, c) }) // silence

	var over atomic.Bool
	var honest sync.WaitGroup
	newcomers := 0
	honest.Go(func() {
		for n := 0; !over.Load(); n++ {
			c := s.client()
			c.Dial = func(ctx context.Context, _ string) (net.Conn, error) {
				return m.dialFrom(ctx, fmt.Sprintf("127.7.%d.1", n%250))
			}
			c.Wire = Wire{Classic: n%2 == 0}
			c.DialTimeout = -1 // where the machine is slow, so is TLS
			body := 1
			req := &runtime.Request{Action: "double", Body: filler(`{"n":1` + strings.Repeat(" ", short(1000, []int{10, 1000, 100_000, 900_000}[n%4])) + `}`), Info: &actionDouble}
			err := c.Do(context.Background(), req, runtime.ResponderFunc(func(runtime.Message) error { body++; return nil }))
			if err != nil || body != 2 {
				t.Errorf("a newcomer: %v", err)
			}
			c.Close()
			newcomers++
		}
	})
	var most uint64
	honest.Go(func() {
		tick := time.NewTicker(short(50*time.Millisecond, time.Second))
		defer tick.Stop()
		for !over.Load() {
			<-tick.C
			goruntime.GC()
			var mem goruntime.MemStats
			goruntime.ReadMemStats(&mem)
			most = max(most, mem.HeapAlloc)
		}
	})
	end := time.Now().Add(short(500*time.Millisecond, *soak))
	busy := latency(t, known, func(int) bool { return time.Now().Before(end) })
	over.Store(true)
	honest.Wait()
	stop()
	m.wait.Wait()
	known.Close()
	t.Logf("p99 of a caller that is known: %v, %v without the attack; %d newcomers, %d MiB at most", busy, calm, newcomers, most>>20)
	if *soak > 0 && !raceEnabled {
		if busy > max(10*calm, 50*time.Millisecond) {
			t.Errorf("p99 is %v instead of %v", busy, calm)
		}
		if most > 64<<20 {
			t.Errorf("%d MiB of memory", most>>20)
		}
	}
}
