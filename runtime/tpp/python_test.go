package tpp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// A command is for testdata/python/drive.py, and an result what came of it.
type command struct {
	Tag     int     `json:"tag"`
	Do      string  `json:"do"`
	Action  string  `json:"action,omitempty"`
	Body    any     `json:"body,omitempty"`
	Timeout float64 `json:"timeout,omitempty"`
	Take    int     `json:"take,omitempty"`
	Whose   int     `json:"whose,omitempty"`
	Items   any     `json:"items,omitempty"`
	Tasks   int     `json:"tasks,omitempty"`
	Calls   int     `json:"calls,omitempty"`
}

type result struct {
	Tag      int             `json:"tag"`
	Returned json.RawMessage `json:"returned"`
	Raised   string          `json:"raised"`
	Message  string          `json:"message"`
	Code     int             `json:"code"`
}

func (o result) String() string {
	if o.Raised != "" {
		return fmt.Sprintf("%d %s: %s (%d)", o.Tag, o.Raised, o.Message, o.Code)
	}
	return fmt.Sprintf("%d %s", o.Tag, o.Returned)
}

// A workshop is a service for clients in other languages, and counts what they do.
type workshop struct {
	*runtime.Mux
	begun chan string   // names of calls of hold that have begun
	free  chan struct{} // lets one of them end
	ended chan error    // how they ended otherwise
}

func newWorkshop() *workshop {
	w := &workshop{new(runtime.Mux), make(chan string, 64), make(chan struct{}), make(chan error, 64)}
	type body struct {
		N    int    `json:"n"`
		Name string `json:"name"`
	}
	handle := func(a *runtime.Action, f func(ctx context.Context, b body, respond func(any) error) error) {
		w.Handle(a, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
			data, err := req.Body.AppendJSON(nil)
			if err != nil {
				return err
			}
			var b body
			if err := json.Unmarshal(data, &b); err != nil {
				return err
			}
			return f(ctx, b, func(v any) error {
				data, err := json.Marshal(v)
				if err != nil {
					return err
				}
				return out.Respond(raw(string(data)))
			})
		})
	}
	handle(&runtime.Action{Name: "double", Idempotent: true}, func(_ context.Context, b body, respond func(any) error) error {
		if b.N > 1000 {
			return runtime.Errorf(10, "the number is too large: %d", b.N)
		}
		return respond(map[string]any{"double": number(2 * b.N)})
	})
	handle(&runtime.Action{Name: "hold"}, func(ctx context.Context, b body, respond func(any) error) error {
		w.begun <- b.Name
		select {
		case <-w.free:
			return respond(map[string]any{"hold": b.Name})
		case <-ctx.Done():
			w.ended <- ctx.Err()
			return ctx.Err()
		}
	})
	handle(&runtime.Action{Name: "numbers", Stream: true}, func(ctx context.Context, b body, respond func(any) error) error {
		for i := range b.N {
			if err := respond(number(i)); err != nil {
				w.ended <- err
				return err
			}
		}
		if b.Name == "fail" {
			return runtime.Errorf(11, "half way")
		}
		return nil
	})
	total := &runtime.Action{Name: "total", Upload: true}
	w.Handle(total, stub.Upload(total, func(_ context.Context, limit *natural, items iter.Seq2[natural, error]) (*natural, error) {
		sum := new(natural)
		for item, err := range items {
			if err != nil {
				return nil, err
			}
			if *sum += item; *sum > *limit {
				return nil, runtime.Errorf(12, "that's too much: %d", *sum)
			}
		}
		return sum, nil
	}))
	relay := &runtime.Action{Name: "relay", Reply: runtime.Bare, Upload: true, Stream: true}
	w.Handle(relay, stub.UploadStream(relay, func(_ context.Context, _ *natural, items iter.Seq2[natural, error]) iter.Seq2[natural, error] {
		return items
	}))
	return w
}

func (w *workshop) serve(t *testing.T, l net.Listener) (stop func()) {
	t.Helper()
	srv := &runtime.Server{Wire: tpp.Wire{}, Handler: w, Auth: auth.Plain(map[string]string{"peer": peerToken})}
	ended := make(chan error)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- srv.Serve(ctx, l) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// A counting listener counts connections, and tells when it is closed.
type counting struct {
	net.Listener
	conns  atomic.Int64
	closed chan struct{}
	once   sync.Once
}

func (l *counting) Close() error {
	defer l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

func (l *counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.conns.Add(1)
	}
	return c, err
}

func listenAt(t *testing.T, addr string) *counting {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return &counting{Listener: l, closed: make(chan struct{})}
}

// A driver drives the Python client.
type driver struct {
	*testing.T
	*peertest.Script
}

func drive(t *testing.T, addr, token string) driver {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return driver{t, peertest.Run(t, "../../testdata/python/drive.py", host, port, token)}
}

// number is a body of the workshop.
func number(n int) any { return map[string]int{"n": n} }

// do sends a command and checks what comes next.
func (d driver) do(c command, want string) {
	d.Helper()
	d.Send(d.T, c)
	d.next(want)
}

func (d driver) next(want string) {
	d.Helper()
	var o result
	if d.Receive(d.T, &o); o.String() != want {
		d.Errorf("the Python client got %v, want %s", o, want)
	}
}

// any checks what comes next when the order doesn't matter.
func (d driver) any(want ...string) {
	d.Helper()
	var got []string
	for range want {
		var o result
		d.Receive(d.T, &o)
		got = append(got, o.String())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		d.Errorf("the Python client got %q, want %q", got, want)
	}
}

// A client that was made from PROTOCOL.md understands our server, and is understood.
func TestPython_persistent(t *testing.T) {
	w := newWorkshop()
	l := listenAt(t, "127.0.0.1:0")
	addr := l.Addr().String()
	stop := w.serve(t, l)
	d := drive(t, addr, peerToken)
	conns := func(want int64) {
		t.Helper()
		if n := l.conns.Load(); n != want {
			t.Errorf("%d connections so far, want %d", n, want)
		}
	}

	d.do(command{Tag: 1, Do: "call", Action: "double", Body: number(21)}, `1 {"double": {"n": 42}}`)
	for tag := range 3 {
		d.Send(t, command{Tag: 10 + tag, Do: "call", Action: "hold", Body: map[string]any{"name": "é"}})
	}
	for range 3 {
		<-w.begun
	}
	d.do(command{Tag: 2, Do: "call", Action: "double", Body: number(4)}, `2 {"double": {"n": 8}}`)
	d.do(command{Tag: 3, Do: "call", Action: "double", Body: number(2000)}, `3 CallError: the number is too large: 2000 (10)`)
	for range 3 {
		w.free <- struct{}{}
	}
	d.any(`10 {"hold": "\u00e9"}`, `11 {"hold": "\u00e9"}`, `12 {"hold": "\u00e9"}`)
	conns(1)

	d.do(command{Tag: 20, Do: "stream", Action: "numbers", Body: number(3)}, `20 [{"n": 0}, {"n": 1}, {"n": 2}]`)
	d.do(command{Tag: 21, Do: "stream", Action: "numbers", Body: map[string]any{"n": 3, "name": "fail"}}, `21 CallError: half way (11)`)
	conns(3)
	d.do(command{Tag: 22, Do: "stream", Action: "numbers", Body: number(1 << 30), Take: 2}, `22 [{"n": 0}, {"n": 1}]`)
	<-w.ended // the server has noticed

	d.Send(t, command{Tag: 30, Do: "call", Action: "hold", Body: number(0)})
	<-w.begun
	d.Send(t, command{Tag: 31, Do: "cancel", Whose: 30})
	if err := <-w.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled call ended with %v", err)
	}
	d.any(`30 CancelledError:  (0)`, `31 true`)
	d.Send(t, command{Tag: 32, Do: "call", Action: "hold", Body: number(0), Timeout: 0.05})
	<-w.begun
	if err := <-w.ended; !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		t.Errorf("the call with a timeout ended with %v", err)
	}
	d.next(`32 TimeoutError:  (0)`)
	conns(4)

	ones := slices.Repeat([]any{number(1)}, 50_000) // more than the server grants at once
	d.do(command{Tag: 33, Do: "call", Action: "total", Body: number(50_000), Items: ones}, `33 {"total": {"n": 50000}}`)
	d.do(command{Tag: 34, Do: "call", Action: "total", Body: number(10), Items: ones}, `34 CallError: that's too much: 11 (12)`)
	d.do(command{Tag: 35, Do: "call", Action: "total", Body: number(10), Items: []any{number(1), "x"}}, `35 CallError: bad item: expected an object, found "x" (1)`)
	d.do(command{Tag: 36, Do: "stream", Action: "relay", Body: number(0), Items: []any{number(1), number(2)}}, `36 [{"n": 1}, {"n": 2}]`)
	conns(8)

	d.Send(t, command{Tag: 40, Do: "call", Action: "hold", Body: number(0)})
	<-w.begun
	go stop()
	<-l.closed
	next := listenAt(t, addr)
	w.serve(t, next)
	d.do(command{Tag: 41, Do: "call", Action: "double", Body: number(5)}, `41 {"double": {"n": 10}}`)
	w.free <- struct{}{}
	d.next(`40 {"hold": ""}`)
	d.do(command{Tag: 42, Do: "call", Action: "double", Body: number(6)}, `42 {"double": {"n": 12}}`)
	if n := next.conns.Load(); n != 1 {
		t.Errorf("%d connections to the server that took over, want 1", n)
	}

	other := drive(t, addr, "wrong")
	other.do(command{Tag: 1, Do: "call", Action: "double", Body: number(1)}, `1 CallError: Bad auth token (3)`)
}

// A Python client of persistent mode notices that a server knows classic mode only.
func TestPython_classicServer(t *testing.T) {
	l := listenAt(t, "127.0.0.1:0")
	var serving sync.WaitGroup
	defer serving.Wait()
	defer l.Close()
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			answers := []any{map[string]any{"code": 0, "body": map[string]any{"double": number(42)}}}
			switch parse[message](t, readFrame(c))["action"] {
			case "numbers":
				answers = []any{map[string]any{"code": 0, "body": number(0)}, map[string]any{"code": 0, "body": number(1)}}
			case "fail":
				answers = []any{map[string]any{"code": 1, "body": "No action found!"}}
			}
			for _, a := range answers {
				text := compact(a)
				fmt.Fprintf(c, "%d\n%s", len(text), text)
			}
			c.Close()
		}
	})
	d := drive(t, l.Addr().String(), peerToken)
	for tag := range 2 {
		d.do(command{Tag: tag, Do: "call", Action: "double", Body: number(21)}, fmt.Sprintf(`%d {"double": {"n": 42}}`, tag))
		d.do(command{Tag: tag, Do: "call", Action: "fail", Body: number(21)}, fmt.Sprintf(`%d CallError: No action found! (1)`, tag))
		d.do(command{Tag: tag, Do: "stream", Action: "numbers", Body: number(2)}, fmt.Sprintf(`%d [{"n": 0}, {"n": 1}]`, tag))
	}
}

// Python clients that speak classic mode, one that speaks persistent mode, and ours, share
// a server under load: many calls of each are under way all the time, and every answer is
// that of its request.
func TestPeers_shareOneServer(t *testing.T) {
	const olds, classic = 4, 50
	const tasks, calls = 64, 100
	w := newWorkshop()
	l := listenAt(t, "127.0.0.1:0")
	addr := l.Addr().String()
	w.serve(t, l)
	var old [olds]*peertest.Client
	for i := range old {
		old[i] = peertest.Connect(t, peertest.CoreClient, addr, peertest.Settings{Token: peerToken})
	}
	d := drive(t, addr, peerToken)
	client := &runtime.Client{Wire: tpp.Wire{}, Addr: addr, Token: peerToken}
	defer client.Close()

	var over atomic.Bool // ours go on until the others are done
	var done atomic.Int64
	var ours, theirs sync.WaitGroup
	for task := range tasks {
		ours.Go(func() {
			for i := 0; i < calls || !over.Load(); i++ {
				n := (task*calls + i) % 1000
				got, err := call(t.Context(), client, &runtime.Request{Action: "double", Body: raw(compact(number(n)))})
				if want := compact(map[string]any{"double": number(2 * n)}); err != nil || len(got) != 1 || got[0] != want {
					t.Errorf("double(%d) = %q, %v, want %s", n, got, err, want)
				}
				done.Add(1)
				if i%50 != 0 {
					continue
				}
				items, err := call(t.Context(), client, &runtime.Request{Action: "numbers", Body: raw(compact(number(n))), Info: &runtime.Action{Name: "numbers", Stream: true}})
				if err != nil || len(items) != n {
					t.Errorf("numbers(%d) has %d items, %v", n, len(items), err)
				}
			}
		})
	}
	d.Send(t, command{Tag: 1, Do: "load", Tasks: tasks, Calls: calls})
	for i, old := range old {
		theirs.Go(func() {
			for n := i * classic; n < (i+1)*classic; n++ {
				o := old.Do(peertest.Request{As: "result", Request: map[string]any{"action": "double", "body": number(n), "token": peerToken}})
				if got, want := string(o.Returned), fmt.Sprintf(`{"n": %d}`, 2*n); got != want {
					t.Errorf("double(%d) = %s %s %s, want %s", n, got, o.Raised, o.Message, want)
				}
			}
		})
	}
	d.next(fmt.Sprintf(`1 %d`, tasks*calls))
	theirs.Wait()
	over.Store(true)
	ours.Wait()
	t.Logf("%d calls of ours, while Python clients made %d in classic and %d in persistent mode", done.Load(), olds*classic, tasks*calls)
}
