package tpp

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	goruntime "runtime"
	"runtime/debug"
	"slices"
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

// This file treats both ends badly over real connections. With each run of the tests
// that's for moments only; for more, and for what takes a quiet machine to
// measure:
//
//	go test ./runtime/tpp -run Soak -soak 60s

var soak = flag.Duration("soak", 0, "how `long` each of the Soak tests goes on")

// short returns n, or m with -soak.
func short[N any](n, m N) N {
	if *soak > 0 {
		return m
	}
	return n
}

// A tcpServer is a server over TCP.
type tcpServer struct {
	*runtime.Server
	addr string
	cert *peertest.Certificate           // if not nil, it speaks TLS
	wrap func(net.Listener) net.Listener // stands around what it listens to; nil is nothing
	stop context.CancelFunc
	done chan error
}

// serveTCP starts a server on addr; "" is any of loopback.
func serveTCP(t *testing.T, addr string, setup ...func(*tcpServer)) *tcpServer {
	t.Helper()
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &tcpServer{
		Server: &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: auth, Limits: runtime.Limits{ConnsPerIP: -1}},
		addr:   l.Addr().String(),
		done:   make(chan error, 1),
	}
	for _, f := range setup {
		f(s)
	}
	if s.wrap != nil {
		l = s.wrap(l)
	}
	if s.cert != nil {
		l = tls.NewListener(l, s.cert.Server)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() { s.done <- s.Serve(ctx, l) }()
	return s
}

// end stops the server.
func (s *tcpServer) end(t *testing.T) {
	t.Helper()
	s.stop()
	if err := <-s.done; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func (s *tcpServer) client() *runtime.Client {
	c := &runtime.Client{Wire: Wire{}, Addr: s.addr, Token: "s3cret"}
	if s.cert != nil {
		c.TLS = s.cert.Client
	}
	return c
}

func (s *tcpServer) handle(a *runtime.Action, f runtime.Func) { s.Handler.(*runtime.Mux).Handle(a, f) }

func (s *tcpServer) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// held is what a process has.
type held struct {
	goroutines, files int
	heap              int64
}

// holding returns what is left when all that is about to end has.
func holding(t *testing.T, most held) (now held) {
	t.Helper()
	for range 200 {
		goruntime.GC() // which takes a while
		var m goruntime.MemStats
		goruntime.ReadMemStats(&m)
		files, _ := os.ReadDir("/proc/self/fd")
		now = held{goruntime.NumGoroutine(), len(files), int64(m.HeapAlloc)}
		if now.goroutines <= most.goroutines && now.files <= most.files && now.heap <= most.heap {
			break
		}
	}
	return now
}

// leavesNothing runs f, and checks that no goroutine, file or buffer is left.
func leavesNothing(t *testing.T, f func()) {
	t.Helper()
	leavesLittle(t, 1<<20, f)
}

// leavesLittle is leavesNothing for many more goroutines than usual: the runtime keeps
// half a kilobyte of each that there was.
func leavesLittle(t *testing.T, heap int64, f func()) {
	t.Helper()
	serveTCP(t, "").end(t) // what there is once only is there from here on
	before := holding(t, held{math.MaxInt, math.MaxInt, math.MaxInt64})
	f()
	most := held{before.goroutines, before.files, before.heap + heap}
	if after := holding(t, most); after.goroutines > most.goroutines || after.files > most.files || after.heap > most.heap {
		stacks := make([]byte, 1<<16)
		t.Errorf("%+v before, %+v after\n%s", before, after, stacks[:goruntime.Stack(stacks, true)])
	}
}

// Who asks and cancels without end gets no more handlers than its bound, and
// holds up no other peer.
func TestSoak_rapidCancel(t *testing.T) {
	leavesNothing(t, func() {
		var running, most atomic.Int64
		s := serveTCP(t, "", func(s *tcpServer) {
			s.Interceptors = append(s.Interceptors, func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
				if req.Action != "wait" {
					return next(ctx, req, out)
				}
				n := running.Add(1)
				defer running.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				return next(ctx, req, out)
			})
		})
		honest := s.client()
		calm := latency(t, honest, func(n int) bool { return n < short(200, 5000) })
		pairs := short(20_000, 1_000_000)
		rapid := s.dial(t)
		var wg sync.WaitGroup
		var over atomic.Bool
		wg.Go(func() {
			defer rapid.Close()
			defer over.Store(true)
			f := frameReader{src: rapid, limit: 1 << 20}
			for range pairs {
				frame, err := f.next()
				if err != nil {
					t.Errorf("answer: %v", err)
					return
				}
				frame.free()
			}
		})
		wg.Go(func() {
			var b []byte
			for id := 1; id <= pairs; id++ {
				b = append(b, framed(fmt.Sprintf(`{"id":%d,"action":"wait","token":"s3cret","body":{"n":3600}}`, id))...)
				b = append(b, framed(fmt.Sprintf(`{"id":%d,"cancel":true}`, id))...)
				if len(b) > 32<<10 || id == pairs {
					if _, err := rapid.Write(b); err != nil {
						t.Errorf("request: %v", err)
						return
					}
					b = b[:0]
				}
			}
		})
		began := time.Now()
		busy := latency(t, honest, func(int) bool { return !over.Load() })
		took := time.Since(began)
		wg.Wait()
		honest.Close()
		s.end(t)
		t.Logf("%d pairs in %v; %d handlers at most; p99 of an honest connection %v, and %v without", pairs, took, most.Load(), busy, calm)
		if most.Load() > 256 {
			t.Errorf("%d handlers at once", most.Load())
		}
		if *soak > 0 && !raceEnabled && busy > 5*calm {
			t.Errorf("p99 is %v instead of %v", busy, calm)
		}
	})
}

// latency makes calls as long as more reports true, and returns the 99th percentile
// of how long one takes.
func latency(t *testing.T, c *runtime.Client, more func(n int) bool) time.Duration {
	var all []time.Duration
	for n := 0; n < 100 || more(n); n++ {
		began := time.Now()
		if _, err := invoke(context.Background(), c.Do, &actionDouble, 1); err != nil {
			t.Error(err)
			break
		}
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	return all[len(all)*99/100]
}

// A length that is too much is refused before anything is set aside for it.
func TestSoak_hugeHeaders(t *testing.T) {
	s := serveTCP(t, "")
	for range 20 { // so that what there is once only is there
		c := s.dial(t)
		io.WriteString(c, "x\n")
		io.ReadAll(c)
		c.Close()
	}
	for _, header := range []string{"4294967296\n", "99999999999999999999\n"} {
		c := s.dial(t)
		answer := make([]byte, 200)
		var before, after goruntime.MemStats
		goruntime.ReadMemStats(&before)
		began := time.Now()
		io.WriteString(c, header)
		n, err := c.Read(answer)
		took := time.Since(began)
		goruntime.ReadMemStats(&after)
		want := framed(`{"code":1,"body":{"error":"frame of ` + strings.TrimSpace(header) + ` bytes is longer than the limit of 16777216"}}`)
		if string(answer[:n]) != want || err != nil {
			t.Errorf("%q: %q, %v", header, answer[:n], err)
		}
		if size := after.TotalAlloc - before.TotalAlloc; size > 64<<10 || took > time.Second {
			t.Errorf("%q cost %d bytes and %v", header, size, took)
		} else {
			t.Logf("%q cost %d bytes and %v", header, size, took)
		}
		c.Close()
	}
	s.end(t)
}

// A filler is JSON that no test looks at.
type filler string

func (f filler) AppendJSON(b []byte) ([]byte, error) { return append(b, f...), nil }

// Peers that ask for much and never read cost the server a buffer each.
func TestSoak_neverRead(t *testing.T) {
	leavesLittle(t, short[int64](1<<20, 16<<20), func() {
		big := filler(`"` + strings.Repeat("x", 100<<10) + `"`)
		var waiting atomic.Int64
		s := serveTCP(t, "", func(s *tcpServer) {
			s.Grace = -1
			s.Interceptors = append(s.Interceptors, func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
				waiting.Add(1)
				defer waiting.Add(-1)
				if req.Action == "bare" {
					return out.Respond(big)
				}
				for { // without end
					if err := out.Respond(big); err != nil {
						return err
					}
				}
			})
		})
		peers := short(20, 1000)
		conns := make([]net.Conn, peers)
		for i := range conns {
			c := s.dial(t)
			conns[i] = c
			if i%2 == 0 {
				io.WriteString(c, framed(`{"id":1,"action":"ticks","token":"s3cret","body":{"n":1}}`))
				continue
			}
			for id := range 100 {
				io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"bare","body":{"n":1}}`, id+1)))
			}
		}
		// They have got all that they can when nothing changes any more.
		var m goruntime.MemStats
		size := func() int64 {
			goruntime.GC()
			goruntime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		now, most, same := size(), int64(0), 0
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(20 * time.Second); same < 5 && time.Now().Before(end); {
			<-tick.C
			was := now
			now = size()
			if same++; max(now-was, was-now) > 1<<20 {
				same = 0
			}
			most = max(most, now)
		}
		each, most := now/int64(peers), most/int64(peers)
		t.Logf("%d bytes for each of %d peers, %d at most before, %d calls under way", each, peers, most, waiting.Load())
		// What is being written, what waits, and some of the smaller things; before, also
		// what is encoded at the moment or was just now.
		if each > 3*maxQueue || most > 4*maxQueue {
			t.Errorf("that's too much: a buffer has %d bytes", maxQueue)
		}
		client := s.client()
		if _, err := invoke(context.Background(), client.Do, &runtime.Action{Name: "bare", Reply: runtime.Bare}, 1); runtime.ReasonOf(err) != runtime.BadResponse {
			t.Errorf("an honest call: %v", err)
		}
		client.Close()
		for _, c := range conns {
			c.Close()
		}
		s.end(t)
	})
}

// Wrong tokens that take long to check don't take the time from others: neither those
// that are refused unchecked, nor all of them if none are.
func TestSoak_wrongTokens(t *testing.T) {
	cost := short(bcrypt.MinCost, 12) // as ToxicBuild has it
	if raceEnabled {
		cost = bcrypt.MinCost
	}
	hash, err := bcrypt.GenerateFromPassword([]byte("s3cret"), cost)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		failed int // Limits.FailedTokens
	}{
		{"limited", 0},
		{"unlimited", -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check, err := tokens.Bcrypt(map[string]string{"ci": string(hash)}, tokens.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			leavesNothing(t, func() {
				var checked atomic.Int64
				s := serveTCP(t, "", func(s *tcpServer) {
					s.Limits.FailedTokens = tt.failed
					s.Auth = func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
						name, err := check(ctx, c)
						if errors.Is(err, runtime.BadCredentials) {
							checked.Add(1)
						}
						return name, err
					}
				})
				wrongTokens(t, s)
				t.Logf("%d tokens were checked", checked.Load())
				if n := checked.Load(); n == 0 || tt.failed == 0 && n > 100 {
					t.Error("that's not how many it should be")
				}
			})
		})
	}
}

// wrongTokens compares what honest callers of s get done while others try tokens with
// what they do alone, in turns.
func wrongTokens(t *testing.T, s *tcpServer) {
	honest := s.client()
	turns := short(1, 5)
	span := short(200*time.Millisecond, min(*soak, 20*time.Second)) / time.Duration(turns)
	throughput(t, honest, span/10) // so that what is there once only is there
	var alone, among, refused int64
	for range turns {
		alone += throughput(t, honest, span)
		stop := tryTokens(t, s)
		among += throughput(t, honest, span)
		refused += stop()
	}
	honest.Close()
	s.end(t)
	share := 100 * float64(among) / float64(alone)
	t.Logf("%d calls in %v, %.0f%% of %d, while %d tokens were refused", among, time.Duration(turns)*span, share, alone, refused)
	if *soak > 0 && !raceEnabled && share < 70 {
		t.Error("that's too few")
	}
}

// tryTokens has 256 clients try wrong tokens, until stop is called, which returns how
// many were refused.
func tryTokens(t *testing.T, s *tcpServer) (stop func() int64) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var refused atomic.Int64
	for n := range 256 {
		wg.Go(func() {
			c := s.client()
			defer c.Close()
			for i := 0; ctx.Err() == nil; i++ {
				c.Token = fmt.Sprintf("wrong %d of %d, %p", i, n, ctx)
				_, err := invoke(ctx, c.Do, &actionDouble, 1)
				if code := runtime.CodeOf(err); code != 3 && code != runtime.Failed {
					t.Errorf("a wrong token: %v", err)
				}
				refused.Add(1)
			}
		})
	}
	return func() int64 {
		cancel()
		wg.Wait()
		return refused.Load()
	}
}

// throughput returns how many calls 16 callers get answered.
func throughput(t *testing.T, c *runtime.Client, span time.Duration) int64 {
	var n atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(span)
	for range 16 {
		wg.Go(func() {
			for time.Now().Before(end) {
				if _, err := invoke(context.Background(), c.Do, &actionDouble, 1); err != nil {
					t.Error(err)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	return n.Load()
}

// An idle connection costs a server little.
func TestSoak_idleMemory(t *testing.T) {
	if *soak == 0 || raceEnabled {
		t.Skip("takes 25 s of doing nothing: -soak")
	}
	if os.Getenv("TPP_ALONE") == "" {
		// In a process of its own: new stacks are as large as the others are on average.
		cmd := exec.Command(os.Args[0], "-test.run=^TestSoak_idleMemory$", "-test.v", "-soak", soak.String())
		cmd.Env = append(os.Environ(), "TPP_ALONE=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		} else {
			t.Logf("%s", out)
		}
		return
	}
	s := serveTCP(t, "")
	const n = 5000
	conns := make([]net.Conn, n)
	request := framed(`{"id":1,"action":"double","token":"s3cret","body":{"n":21}}`)
	answer := make([]byte, len(framed(`{"id":1,"code":0,"body":{"double":{"n":42}}}`)))
	size := func() int64 {
		debug.FreeOSMemory()
		var m goruntime.MemStats
		goruntime.ReadMemStats(&m)
		return int64(m.HeapInuse + m.StackInuse)
	}
	before := size()
	for i := range conns {
		c := s.dial(t)
		conns[i] = c
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, answer); err != nil {
			t.Fatal(err)
		}
	}
	<-time.After(25 * time.Second)
	each := (size() - before) / n
	t.Logf("%d bytes for each idle connection, this end of it included", each)
	if each > 6<<10 {
		t.Error("that's too much")
	}
	for _, c := range conns {
		c.Close()
	}
	s.end(t)
}
