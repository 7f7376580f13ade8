package transport

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// host returns one of many addresses.
func host(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
}

// A stranger is a connection that brings nothing.
type stranger struct {
	net.Conn
	addr   net.Addr
	closed atomic.Bool
}

func (s *stranger) RemoteAddr() net.Addr { return s.addr }
func (s *stranger) Close() error         { s.closed.Store(true); return nil }

// newDoor returns the door of a server, and a function that makes connections to it.
func newDoor(t testing.TB, limits runtime.Limits) (d *door, connect func(from netip.Addr, full bool) (c, instead *Conn, err *runtime.Error)) {
	core, err := New(&runtime.Server{Handler: new(runtime.Mux), Auth: runtime.Anybody, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	v := &serveRun{core: core}
	t.Cleanup(core.door.stop)
	return &core.door, func(from netip.Addr, full bool) (c, instead *Conn, err *runtime.Error) {
		c = newConn(v, &stranger{addr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 1))})
		instead, err = core.door.admit(c, full)
		return c, instead, err
	}
}

// empty checks that d counts nothing any more.
func empty(t *testing.T, d *door) {
	t.Helper()
	if n := len(d.addresses); n > 0 || d.bytes != 0 || d.trying != 0 || d.newcomers.Len() > 0 {
		t.Errorf("in the end there are %d addresses, %d bytes, %d tokens, %d newcomers", n, d.bytes, d.trying, d.newcomers.Len())
	}
}

// Newcomers of one address may have half of all bytes. Where there isn't enough, those from
// the address that has most give way, so that no number of addresses shuts out others.
func TestDoor_bytes(t *testing.T) {
	const all, frame = 8 << 20, 1 << 20
	d, connect := newDoor(t, runtime.Limits{Frame: frame})
	var conns []*Conn
	send := func(from netip.Addr, n int) bool {
		t.Helper()
		c, _, err := connect(from, false)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
		ok, _ := d.hold(&c.peer, n)
		if d.bytes > all {
			t.Fatalf("%d bytes are held, want at most %d", d.bytes, all)
		}
		return ok
	}
	n := 0
	for send(host(0), frame) {
		n++
	}
	if n != 4 {
		t.Errorf("%d requests of one address of %d, want 4 for half of all", n, frame)
	}
	if !send(host(1), frame) {
		t.Error("the longest request of a newcomer is refused")
	}
	for n := range 200 { // each sends as much as it can
		got := 0
		for send(host(n+2), 10_000+freeBytes) {
			got += 10_000
			if a := d.addresses[host(n+2)]; a.bytes < int64(got) {
				break // it gave way to itself
			}
		}
		if got < all/(n+4)/4 {
			t.Errorf("the address %d may have %d bytes of %d", n+2, got, all)
		}
	}
	if !send(host(1000), freeBytes) {
		t.Error("a small request is refused")
	}
	if !send(host(1000), 20_000) {
		t.Error("a request of a newcomer that isn't longer than those of others is refused")
	}
	last := conns[len(conns)-1]
	if err := last.Hold(frame); runtime.ReasonOf(err) != runtime.OverLimit {
		t.Errorf("a long request: %v, want %v", err, runtime.OverLimit)
	}
	last.Welcome()
	if err := last.Hold(frame); err != nil {
		t.Errorf("a long request of a peer that is known: %v", err)
	}
	for i, c := range conns {
		if i%2 == 0 {
			c.Welcome()
			c.Welcome()
			c.Unhold(10_000)
		} else {
			c.Unhold(1000)
		}
		d.forget(&c.peer)
		d.forget(&c.peer)
	}
	empty(t, d)
	for level := range d.levels {
		if n := d.levels[level].Len(); n > 0 {
			t.Errorf("in the end there are %d addresses of %d digits", n, level)
		}
	}
}

// A connection too many takes the place of the oldest newcomer, of its address or of all,
// but not of one that has just come, nor of a peer that is known.
func TestDoor_full(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, connect := newDoor(t, runtime.Limits{ConnsPerIP: 2})
		known, _, _ := connect(host(1), false)
		known.Welcome()
		first, _, _ := connect(host(1), false)
		if _, _, err := connect(host(1), false); err == nil || err.Message != "too many connections from this address: the limit is 2" {
			t.Errorf("at once: %v", err)
		}
		if _, _, err := connect(host(2), true); err == nil || err.Message != "too many connections: the limit is 16384" {
			t.Errorf("at once: %v", err)
		}
		time.Sleep(foothold)
		other, _, err := connect(host(2), false)
		if err != nil {
			t.Error(err)
		}
		second, instead, err := connect(host(1), false)
		if instead != first || err != nil {
			t.Errorf("an address with too many: %p, %v, want %p", instead, err, first)
		}
		_, instead, err = connect(host(3), true)
		if instead != nil || err == nil {
			t.Errorf("when all have just come: %p, %v", instead, err)
		}
		time.Sleep(foothold)
		third, instead, err := connect(host(3), true)
		if instead != other || err != nil {
			t.Errorf("too many in all: %p, %v, want %p", instead, err, other)
		}
		for _, c := range []*Conn{known, first, second, third, other} {
			d.forget(&c.peer)
		}
		empty(t, d)
	})
}

// The connection of a newcomer that doesn't leave when its time is up is closed, unless it
// has a call under way that needs no token.
func TestDoor_expires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, connect := newDoor(t, runtime.Limits{PreAuth: 10 * time.Second})
		conns := make(map[string]*Conn)
		for _, name := range []string{"silent", "known", "busy"} {
			conns[name], _, _ = connect(host(1), false)
		}
		conns["known"].Welcome()
		d.open(&conns["busy"].peer, 1)
		time.Sleep(5 * time.Second)
		conns["late"], _, _ = connect(host(1), false)
		closed := func(want ...string) {
			t.Helper()
			var got []string
			for _, name := range []string{"silent", "known", "busy", "late"} {
				if conns[name].Conn.(*stranger).closed.Load() {
					got = append(got, name)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("closed are %v, want %v", got, want)
			}
		}
		time.Sleep(10*time.Second - 1)
		closed()
		if err := conns["silent"].Late(); err == nil || err.Error() != "no call was authenticated within 10s" {
			t.Errorf("the silent one is told %v", err)
		}
		if err := conns["known"].Late(); err != nil {
			t.Errorf("the known one is told %v", err)
		}
		time.Sleep(2 * time.Nanosecond)
		synctest.Wait()
		closed("silent")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		closed("silent", "late")
		d.open(&conns["busy"].peer, -1)
		time.Sleep(15 * time.Second)
		synctest.Wait()
		closed("silent", "busy", "late")
	})
}

// Deadlines of a newcomer aren't later than the end of its time.
func TestConn_By(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, connect := newDoor(t, runtime.Limits{PreAuth: 10 * time.Second})
		_, endless := newDoor(t, runtime.Limits{PreAuth: -1})
		began := time.Now()
		c, _, _ := connect(host(1), false)
		e, _, _ := endless(host(1), false)
		time.Sleep(4 * time.Second)
		check := func(c *Conn, d, want time.Duration, wantEarly bool) {
			t.Helper()
			var end time.Time
			if want > 0 {
				end = began.Add(want)
			}
			if got, early := c.By(d); got != end || early != wantEarly {
				t.Errorf("By(%v) = %v, %v, want %v, %v", d, got, early, end, wantEarly)
			}
		}
		check(c, 6*time.Second, 10*time.Second, false)
		check(c, 7*time.Second, 10*time.Second, true)
		check(c, 0, 10*time.Second, true)
		check(e, 7*time.Second, 11*time.Second, false)
		check(e, 0, 0, false)
		c.Welcome()
		check(c, 7*time.Second, 11*time.Second, false)
		check(c, 0, 0, false)
	})
}

// What is remembered of bad tokens is bounded, and forgotten in time.
func TestDoor_manyBadTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDoor(t, runtime.Limits{})
		bad := func(ip netip.Addr, token string) *runtime.Error {
			f := fingerprint{uint64(len(token)), 1}
			err := d.try(ip, f)
			if err == nil {
				d.tried(ip, f, true)
			}
			return err
		}
		for n := range 3 * maxFailing {
			if err := bad(host(n), "bad"); err != nil {
				t.Fatal(err)
			}
		}
		if n, m := len(d.addresses), d.failing.Len(); n > maxFailing || m > maxFailing {
			t.Errorf("%d and %d addresses are remembered, want at most %d", n, m, maxFailing)
		}
		time.Sleep(failedFor + 1)
		for n := range maxFailing {
			bad(host(n), "bad")
			bad(host(n), "worse")
		}
		time.Sleep(failedFor + 1)
		bad(host(1), "bad")
		time.Sleep(failedFor + 1)
		for range maxFailing {
			d.forgive()
		}
		empty(t, d)
	})
}

// Tokens that are being checked are shared between addresses, as bytes are.
func TestDoor_tokens(t *testing.T) {
	d, _ := newDoor(t, runtime.Limits{PreAuthTokens: 64})
	fill := func(ip netip.Addr) (n int) {
		for ; d.try(ip, fingerprint{uint64(n), 7}) == nil; n++ {
		}
		return n
	}
	var got []int
	for n := range 8 {
		got = append(got, fill(host(n)))
	}
	if fmt.Sprint(got) != "[32 16 8 4 2 1 1 1]" {
		t.Errorf("the addresses may have %v tokens checked", got)
	}
	if err := d.try(host(0), fingerprint{0, 7}); err != nil {
		t.Errorf("a token that is being checked: %v", err)
	}
	if err := d.try(host(0), fingerprint{99, 7}); err != errManyAll {
		t.Errorf("another token: %v, want %v", err, errManyAll)
	}
	d.tried(host(0), fingerprint{0, 7}, false)
	for n, all := range got {
		for i := range all {
			d.tried(host(n), fingerprint{uint64(i), 7}, false)
		}
	}
	empty(t, d)
}

// Tokens are remembered by fingerprints, the most recently used ones.
func TestTokens(t *testing.T) {
	x := newTokens()
	other := newTokens()
	f := x.fingerprint("s3cret")
	if f != x.fingerprint("s3cret") || f == x.fingerprint("s3cret ") || f == other.fingerprint("s3cret") || f[0] == f[1] {
		t.Error("a fingerprint doesn't depend on the token and two keys of the process")
	}
	if x.has(f) {
		t.Error("a token is known before it was good")
	}
	x.add(f)
	for n := range 3 * maxTokens {
		x.add(x.fingerprint(fmt.Sprint("token ", n)))
		if n%1000 == 0 && !x.has(f) {
			t.Errorf("a token that is used now and then is forgotten after %d others", n)
		}
	}
	if n := len(x.recent) + len(x.older); n > maxTokens {
		t.Errorf("%d tokens are remembered, want at most %d", n, maxTokens)
	}
	if x.has(x.fingerprint("token 1")) {
		t.Error("a token is remembered for ever")
	}
	if strings.Contains(fmt.Sprintf("%#v %#v", x.recent, x.last.Load()), "s3cret") {
		t.Error("a token is kept in clear")
	}
}

// Refused connections are logged at once, and then once in a while with their number.
func TestSampler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		s := &sampler{log: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))}
		lines := func(want string) {
			t.Helper()
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			if got := b.String(); got != want {
				t.Errorf("log:\n%swant:\n%s", got, want)
			}
			b.Reset()
		}
		for n := range 1000 {
			s.note("refused", "n", n)
		}
		lines("level=WARN msg=refused n=0\n")
		time.Sleep(sampleTime)
		lines("level=WARN msg=refused n=999 times=999\n")
		time.Sleep(sampleTime)
		lines("")
		s.note("refused", "n", 1)
		s.note("refused", "n", 2)
		lines("level=WARN msg=refused n=1\n")
		s.stop()
		lines("level=WARN msg=refused n=2 times=1\n")
		s.note("refused", "n", 3)
		time.Sleep(time.Hour)
		lines("")
	})
}

// A server warns once of tokens that come through a network in clear.
func TestCore_warnsOfPlainTokens(t *testing.T) {
	for _, tt := range []struct {
		peer *Peer
		want bool
	}{
		{nil, false},
		{NewPeer(&net.UnixAddr{Name: "/run/socket"}, nil), false},
		{NewPeer(&net.TCPAddr{IP: net.IPv4(127, 1, 2, 3)}, nil), false},
		{NewPeer(&net.TCPAddr{IP: net.IPv6loopback}, nil), false},
		{NewPeer(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}, nil), true},
	} {
		var b bytes.Buffer
		core, err := New(&runtime.Server{Handler: new(runtime.Mux), Auth: runtime.Anybody, Log: slog.New(slog.NewTextHandler(&b, nil))})
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{"", "s3cret", "s3cret", "another"} {
			core.Perform(context.Background(), &Call{Token: token, Peer: tt.peer}, nil)
			if token == "" && b.Len() > 0 {
				t.Errorf("without a token: %s", &b)
			}
		}
		if n := strings.Count(b.String(), "without TLS"); (n == 1) != tt.want || n > 1 || strings.Contains(b.String(), "s3cret") {
			t.Errorf("%+v: log %s", tt.peer, &b)
		}
	}
}

// What a connection costs the door doesn't depend on how many addresses there are.
func BenchmarkDoor(b *testing.B) {
	for _, addresses := range []int{4096, 32_000, 256_000} {
		b.Run(fmt.Sprint(addresses), func(b *testing.B) {
			d, connect := newDoor(b, runtime.Limits{})
			for n := range addresses {
				connect(host(n), false)
				if n < maxFailing {
					d.try(host(n), fingerprint{1})
					d.tried(host(n), fingerprint{1}, true)
				}
			}
			other := netip.AddrFrom4([4]byte{192, 0, 2, 1})
			for b.Loop() {
				c, _, _ := connect(other, false)
				d.try(other, fingerprint{2})
				d.tried(other, fingerprint{2}, false)
				d.forget(&c.peer)
			}
		})
	}
}
