package tpp

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
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
	stop context.CancelFunc
	done chan error
}

// serveTCP starts a server on addr; "" is any of loopback.
func serveTCP(t *testing.T, addr string, setup ...func(*runtime.Server)) *tcpServer {
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
		f(s.Server)
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

func (s *tcpServer) client() *Client { return &Client{Addr: s.addr, Token: "s3cret"} }

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
	serveTCP(t, "").end(t) // what there is once only is there from here on
	before := holding(t, held{math.MaxInt, math.MaxInt, math.MaxInt64})
	f()
	most := held{before.goroutines, before.files, before.heap + short[int64](4<<20, 16<<20)} // the runtime keeps something of each goroutine
	if after := holding(t, most); after.goroutines > most.goroutines || after.files > most.files || after.heap > most.heap {
		stacks := make([]byte, 1<<16)
		t.Errorf("%+v before, %+v after\n%s", before, after, stacks[:goruntime.Stack(stacks, true)])
	}
}

// cutter is a net.Dialer whose connections can be cut.
type cutter struct {
	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func (c *cutter) dial(ctx context.Context, addr string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = make(map[net.Conn]struct{})
	}
	c.open[nc] = struct{}{}
	return nc, nil
}

func (c *cutter) cut() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for nc := range c.open {
		nc.Close()
	}
	n = len(c.open)
	clear(c.open)
	return n
}

// Connections are cut under calls, and a fifth of the callers leave: no answer is
// lost, or given to the wrong caller.
func TestSoak_chaos(t *testing.T) {
	leavesNothing(t, func() {
		s := serveTCP(t, "", func(s *runtime.Server) {
			s.Handler.(*runtime.Mux).Handle(&actionEcho, runtime.UnaryHandler(&actionEcho, func(_ context.Context, m *Text) (*Text, error) { return &Text{m.S}, nil }))
		})
		var conns cutter
		c := s.client()
		c.Dial = conns.dial
		var wg sync.WaitGroup
		var calls, left, lost atomic.Int64
		end := time.Now().Add(short(time.Second, *soak))
		for caller := range 256 {
			wg.Go(func() {
				for n := 0; time.Now().Before(end); n++ {
					calls.Add(1)
					ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
					if rand.IntN(5) == 0 {
						time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, cancel)
					}
					nonce := fmt.Sprintf("%d of %d%s", n, caller, strings.Repeat(".", rand.IntN(1<<rand.IntN(14))))
					got, err := runtime.Invoke[Text](ctx, c.Do, &actionEcho, &Text{nonce}, nil)
					switch code := runtime.CodeOf(err); {
					case err == nil && got.S != nonce:
						t.Errorf("echo(%.40q) = %.40q", nonce, got.S)
					case err == nil:
					case code == runtime.Canceled:
						left.Add(1)
					case code == runtime.Unavailable:
						lost.Add(1)
					default:
						t.Errorf("echo(%.40q): %v", nonce, err)
					}
					cancel()
				}
			})
		}
		cuts := 0
		tick := time.NewTicker(50 * time.Millisecond)
		for time.Now().Before(end) {
			<-tick.C
			cuts += conns.cut()
		}
		tick.Stop()
		wg.Wait()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		s.end(t)
		t.Logf("%d calls, %d left, %d failed with %d connections that were cut", calls.Load(), left.Load(), lost.Load(), cuts)
		if calls.Load() == left.Load()+lost.Load() {
			t.Error("no call was answered")
		}
	})
}

// Servers are restarted one after the other, and no call fails.
func TestSoak_rollingRestarts(t *testing.T) {
	leavesNothing(t, func() {
		servers := []*tcpServer{serveTCP(t, ""), serveTCP(t, "")}
		c := servers[0].client()
		c.Addr += "," + servers[1].addr
		stop := make(chan struct{})
		var wg sync.WaitGroup
		var calls atomic.Int64
		for caller := range int64(256) {
			wg.Go(func() {
				for n := caller; ; n = (n + 1) % 1000 {
					select {
					case <-stop:
						return
					default:
					}
					if got, err := invoke(context.Background(), c.Do, &actionDouble, n); got != 2*n || err != nil {
						t.Errorf("double(%d) = %d, %v", n, got, err)
						return
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
			servers[i] = serveTCP(t, addr)
		}
		close(stop)
		wg.Wait()
		c.Close()
		for _, s := range servers {
			s.end(t)
		}
		t.Logf("%d calls", calls.Load())
	})
}

// Who asks and cancels without end gets no more handlers than its bound, and
// holds up nobody else.
func TestSoak_rapidCancel(t *testing.T) {
	leavesNothing(t, func() {
		var running, most atomic.Int64
		s := serveTCP(t, "", func(s *runtime.Server) {
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
func latency(t *testing.T, c *Client, more func(n int) bool) time.Duration {
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

// Peers that ask for much and never read cost the server a buffer each.
func TestSoak_neverRead(t *testing.T) {
	leavesNothing(t, func() {
		big := runtime.Raw(`"` + strings.Repeat("x", 100<<10) + `"`)
		var waiting atomic.Int64
		s := serveTCP(t, "", func(s *runtime.Server) {
			s.Grace = -1
			s.Interceptors = append(s.Interceptors, func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
				waiting.Add(1)
				defer waiting.Add(-1)
				if req.Action == "bare" {
					return out.Respond(&big)
				}
				for { // without end
					if err := out.Respond(&big); err != nil {
						return err
					}
				}
			})
		})
		peers := short(50, 1000)
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
		last, same := size(), 0
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(short(2*time.Second, 20*time.Second)); same < 5 && time.Now().Before(end); {
			<-tick.C
			now := size()
			if same++; now > last+1<<20 {
				same = 0
			}
			last = max(last, now)
		}
		each := last / int64(peers)
		t.Logf("%d bytes for each of %d peers, %d calls under way", each, peers, waiting.Load())
		// What is being written, what waits, and a few responses that wait for room.
		if most := int64(4 * maxQueue); each > most {
			t.Errorf("%d bytes for each peer, %d at most", each, most)
		}
		client := s.client()
		if _, err := invoke(context.Background(), client.Do, &runtime.Action{Name: "bare", Reply: runtime.Bare}, 1); runtime.CodeOf(err) != runtime.BadResponse {
			t.Errorf("an honest call: %v", err)
		}
		client.Close()
		for _, c := range conns {
			c.Close()
		}
		s.end(t)
	})
}

// Bad tokens that take long to check don't take the time from others.
func TestSoak_wrongTokens(t *testing.T) {
	leavesNothing(t, func() {
		hash, err := bcrypt.GenerateFromPassword([]byte("s3cret"), short(bcrypt.MinCost, bcrypt.DefaultCost))
		if err != nil {
			t.Fatal(err)
		}
		check, err := tokens.Bcrypt(map[string]string{"ci": string(hash)}, tokens.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		s := serveTCP(t, "", func(s *runtime.Server) { s.Auth = check })
		honest := s.client()
		span := short(300*time.Millisecond, min(*soak, 30*time.Second))
		alone := throughput(t, honest, span)
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		var refused atomic.Int64
		for n := range 256 {
			wg.Go(func() {
				c := s.client()
				defer c.Close()
				for i := 0; ctx.Err() == nil; i++ {
					c.Token = fmt.Sprintf("wrong %d of %d", i, n)
					_, err := invoke(ctx, c.Do, &actionDouble, 1)
					if code := runtime.CodeOf(err); code != runtime.BadToken && code != runtime.Failed && code != runtime.Canceled {
						t.Errorf("a wrong token: %v", err)
					}
					refused.Add(1)
				}
			})
		}
		among := throughput(t, honest, span)
		cancel()
		wg.Wait()
		honest.Close()
		s.end(t)
		t.Logf("%.0f calls/s, %.0f%% of %.0f, while %d tokens were refused", among, 100*among/alone, alone, refused.Load())
		if *soak > 0 && !raceEnabled && among < 0.7*alone {
			t.Error("that's too few")
		}
	})
}

// throughput returns how many calls 16 callers get answered in a second.
func throughput(t *testing.T, c *Client, span time.Duration) float64 {
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
	return float64(n.Load()) / span.Seconds()
}

// An idle connection costs a server little.
func TestSoak_idleMemory(t *testing.T) {
	if *soak == 0 || raceEnabled {
		t.Skip("takes 25 s of doing nothing: -soak")
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
