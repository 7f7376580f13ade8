package tpp

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// A cutter has connections of one end, and cuts them.
type cutter struct {
	mu   sync.Mutex
	open map[*cuttable]struct{}
}

// A cuttable connection is one that a cutter may cut.
type cuttable struct {
	*net.TCPConn
	cutter *cutter
	torn   atomic.Bool // the next frame is written by half
}

var errTorn = errors.New("the connection was cut in a frame")

func (c *cuttable) Write(p []byte) (int, error) {
	if !c.torn.Load() {
		return c.TCPConn.Write(p)
	}
	n, _ := c.TCPConn.Write(p[:len(p)/2])
	c.TCPConn.Close()
	return n, errTorn
}

func (c *cuttable) Close() error {
	c.cutter.mu.Lock()
	delete(c.cutter.open, c)
	c.cutter.mu.Unlock()
	return c.TCPConn.Close()
}

// add makes c one of those that are cut.
func (cu *cutter) add(c net.Conn) net.Conn {
	cu.mu.Lock()
	defer cu.mu.Unlock()
	if cu.open == nil {
		cu.open = make(map[*cuttable]struct{})
	}
	cc := &cuttable{TCPConn: c.(*net.TCPConn), cutter: cu}
	cu.open[cc] = struct{}{}
	return cc
}

// dial is a Client.Dial.
func (cu *cutter) dial(ctx context.Context, addr string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return cu.add(c), nil
}

// A cutListener accepts connections that are cut.
type cutListener struct {
	net.Listener
	cutter *cutter
}

func (l cutListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.cutter.add(c), nil
}

// cut cuts all connections: with a reset, or in the frame that is written next.
func (cu *cutter) cut(reset, torn bool) (n int) {
	cu.mu.Lock()
	defer cu.mu.Unlock()
	for c := range cu.open {
		if reset {
			c.SetLinger(0)
		}
		if torn {
			c.torn.Store(true)
		} else {
			c.TCPConn.Close()
			delete(cu.open, c)
		}
		n++
	}
	return n
}

// A tally is how often each call of each caller was performed.
type tally [256]struct {
	mu    sync.Mutex
	times []byte
}

// add counts a call, and returns how often it was performed now.
func (t *tally) add(caller, call int) byte {
	c := &t[caller]
	c.mu.Lock()
	defer c.mu.Unlock()
	for call >= len(c.times) {
		c.times = append(c.times, 0)
	}
	c.times[call]++
	return c.times[call]
}

func (t *tally) of(caller, call int) byte {
	c := &t[caller]
	c.mu.Lock()
	defer c.mu.Unlock()
	if call >= len(c.times) {
		return 0
	}
	return c.times[call]
}

var (
	actionHold   = runtime.Action{Name: "hold"}
	actionEchoes = runtime.Action{Name: "echoes", Reply: runtime.Bare, Stream: true}
	actionRepeat = runtime.Action{Name: "echo", Idempotent: true}
)

// echoes is how many items the stream has.
const echoes = 5

// A storm is callers whose connections are cut.
type storm struct {
	*testing.T
	client *runtime.Client
	echo   *runtime.Action
	once   bool // a call that isn't answered was performed once at most
	tally  tally
	over   atomic.Bool

	calls, left, lost, streams atomic.Int64
}

// serve sets up the server.
func (st *storm) serve(s *tcpServer) {
	performed := func(m *Text) {
		var caller, call int
		if _, err := fmt.Sscanf(m.S, "%d of %d", &call, &caller); err != nil {
			st.Errorf("%.40q: %v", m.S, err)
		} else if n := st.tally.add(caller, call); n > 1 && st.once {
			st.Errorf("%.40q was performed %d times", m.S, n)
		}
	}
	s.handle(&actionEcho, stub.Unary(&actionEcho, func(_ context.Context, m *Text) (*Text, error) {
		performed(m)
		return &Text{m.S}, nil
	}))
	s.handle(&actionHold, stub.Unary(&actionHold, func(ctx context.Context, m *Text) (*Text, error) {
		performed(m)
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	s.handle(&actionEchoes, stub.Stream(&actionEchoes, func(_ context.Context, m *Text) iter.Seq2[Text, error] {
		return func(yield func(Text, error) bool) {
			performed(m)
			for i := range echoes {
				if !yield(Text{fmt.Sprint(i, " ", m.S)}, nil) {
					return
				}
			}
		}
	}))
}

// call makes a call of a kind that's left to chance, one in five to be cancelled. It
// reports whether the call was answered.
func (st *storm) call(caller, call int) bool {
	st.calls.Add(1)
	nonce := fmt.Sprintf("%d of %d %s", call, caller, strings.Repeat(".", rand.IntN(1<<rand.IntN(14))))
	ctx := context.Background()
	if rand.IntN(2) == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
	}
	a := st.echo
	var err error
	switch kind := rand.IntN(100); {
	case call == 0, st.over.Load():
	case kind < 18: // is cancelled
		a = &actionHold
		fallthrough
	case kind < 22: // perhaps, if it isn't answered first
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, cancel)
	case kind < 25:
		st.streams.Add(1)
		a = &actionEchoes
	}
	if a.Stream {
		err = st.stream(ctx, nonce)
	} else {
		var got *Text
		if got, err = stub.Invoke[Text](ctx, st.client.Do, a, &Text{nonce}, nil); err == nil && (got.S != nonce || a == &actionHold) {
			st.Errorf("%s(%.40q) = %.40q", a.Name, nonce, got.S)
		}
	}
	switch reason := runtime.ReasonOf(err); {
	case err == nil:
		if st.tally.of(caller, call) == 0 {
			st.Errorf("%.40q was answered and not performed", nonce)
		}
	case reason == runtime.Canceled:
		st.left.Add(1)
	case reason == runtime.Unavailable && !st.over.Load():
		st.lost.Add(1)
	default:
		st.Errorf("%s(%.40q): %v", a.Name, nonce, err)
	}
	return err == nil
}

// stream makes a call that streams, and leaves it early now and then.
func (st *storm) stream(ctx context.Context, nonce string) error {
	n, most := 0, 1+rand.IntN(2*echoes)
	for item, err := range stub.InvokeStream[Text](ctx, st.client.Do, &actionEchoes, &Text{nonce}, nil) {
		if err != nil {
			return err
		}
		if want := fmt.Sprint(n, " ", nonce); item.S != want {
			st.Errorf("item %.40q, want %.40q", item.S, want)
		}
		if n++; n == most {
			break
		}
	}
	if n != min(most, echoes) {
		st.Errorf("%d items of %.40q, want %d", n, nonce, min(most, echoes))
	}
	return nil
}

// Connections are cut under calls every 50 ms, by either end, between frames and in
// them, and a fifth of the calls are cancelled. No answer is lost, given to another
// caller, or the second one; what fails was under way at a cut.
func TestSoak_chaos(t *testing.T) {
	cert := peertest.NewCertificate(t)
	for _, tt := range []struct {
		name string
		echo *runtime.Action
		cert *peertest.Certificate
		set  func(*runtime.Client)
	}{
		{"plain", &actionEcho, nil, func(*runtime.Client) {}},
		{"TLS", &actionEcho, &cert, func(*runtime.Client) {}},
		{"hedged", &actionRepeat, nil, func(c *runtime.Client) { c.Hedge = time.Millisecond }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			leavesNothing(t, func() {
				var here, there cutter
				st := &storm{T: t, echo: tt.echo, once: !tt.echo.Idempotent}
				s := serveTCP(t, "", st.serve, func(s *tcpServer) {
					s.cert = tt.cert
					s.wrap = func(l net.Listener) net.Listener { return cutListener{l, &there} }
				})
				st.client = watched(s.client())
				st.client.Dial = here.dial
				tt.set(st.client)
				st.rage(&here, &there, short(400*time.Millisecond, *soak))
				if err := st.client.Close(); err != nil {
					t.Error(err)
				}
				s.end(t)
			})
		})
	}
}

// rage has 256 callers make calls for a while, and cuts their connections.
func (st *storm) rage(here, there *cutter, span time.Duration) {
	const callers = 256
	if !st.call(0, 0) { // a peer that was never there isn't waited for
		return
	}
	var wg, calm sync.WaitGroup
	var ended atomic.Bool
	calmed := make(chan struct{})
	calm.Add(callers)
	for caller := range callers {
		wg.Go(func() {
			n := 1
			for ; !ended.Load(); n++ {
				st.call(caller, n)
			}
			calm.Done()
			<-calmed
			for range 20 {
				st.call(caller, n)
				n++
			}
		})
	}
	cut, cuts := 0, int64(0)
	tick := time.NewTicker(50 * time.Millisecond)
	for end := time.Now().Add(span); time.Now().Before(end); cuts++ {
		<-tick.C
		end := []*cutter{here, there}[rand.IntN(2)]
		cut += end.cut(rand.IntN(2) == 0, rand.IntN(2) == 0)
	}
	ended.Store(true)
	calm.Wait()
	// From when the client knows of all cuts, no call fails.
	cut += here.cut(false, false)
	for conns := -1; conns != 0; {
		<-tick.C
		e := endpoints(st.client)[0]
		e.mu.Lock()
		conns = len(e.conns)
		e.mu.Unlock()
	}
	tick.Stop()
	calls, left, lost := st.calls.Load(), st.left.Load(), st.lost.Load()
	st.over.Store(true)
	close(calmed)
	wg.Wait()

	share := 100 * float64(left) / float64(calls)
	st.Logf("%d calls, %d of them streams; %d (%.1f%%) cancelled; %d failed when %d connections were cut %d times", calls, st.streams.Load(), left, share, lost, cut, cuts)
	if share < 15 || share > 25 {
		st.Errorf("%.1f%% of the calls were cancelled, and not a fifth", share)
	}
	// Who has lost a call on one of the connections that were cut may lose the next on
	// another, as long as the client doesn't know of that.
	if most := 2 * callers * cuts; lost > most {
		st.Errorf("%d calls failed, %d at most were under way at the cuts", lost, most)
	}
	if answered := calls - left - lost; answered < calls/50 {
		st.Errorf("%d calls were answered", answered)
	}
}
