package socketproto

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// established returns two channels that both perform calls.
func established(t *testing.T) (d, a *Channel) {
	d, a = pair(t, Config{Handler: newMux(), Secret: "x", AutoAuth: true}, Config{Handler: newMux(), Secret: "x"})
	if err := errors.Join(d.AwaitEstablished(t.Context()), a.AwaitEstablished(t.Context())); err != nil {
		t.Fatal(err)
	}
	return d, a
}

func TestDo_bothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := established(t)
		for _, c := range []*Channel{d, a} {
			if n, err := invoke(t.Context(), c.Do, &actionDouble, 21); n != 42 || err != nil {
				t.Errorf("double(21) = %d, %v", n, err)
			}
			if n, err := invoke(t.Context(), c.Do, &actionBack, 21); n != 43 || err != nil {
				t.Errorf("back(21) = %d, %v", n, err)
			}
			if _, err := invoke(t.Context(), c.Do, &actionDouble, -1); !errors.Is(err, errNegative) {
				t.Errorf("double(-1): %v", err)
			}
		}
	})
}

// TestServer_callsClient: the handler of a server calls its client.
func TestServer_callsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Secret: "x", Name: "lamp"}
		pushed := make(chan int64, 1)
		serving := cfg
		serving.Established = func(ctx context.Context, c *Channel) {
			n, _ := invoke(ctx, c.Do, &actionDouble, 4)
			pushed <- n
		}
		var principal string
		mux := newMux()
		mux.Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			principal = runtime.PrincipalOf(ctx).Name
			return next(ctx, req, out)
		})
		l := serve(t, &runtime.Server{Wire: Wire{serving}, Handler: mux, Auth: BySecret})
		cfg.Handler = newMux()
		c := &runtime.Client{Wire: Wire{cfg}, Dial: func(context.Context, string) (net.Conn, error) { return l.Dial() }}
		defer c.Close()
		if n, err := invoke(t.Context(), c.Do, &actionBack, 21); n != 43 || err != nil || principal != "lamp" {
			t.Errorf("back(21) = %d, %v for %q", n, err, principal)
		}
		if n := <-pushed; n != 8 {
			t.Errorf("the server's call returned %d", n)
		}
	})
}

// TestBySecret: without a secret, no peer is trusted.
func TestBySecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := serve(t, &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: BySecret})
		c := &runtime.Client{Wire: Wire{}, Dial: func(context.Context, string) (net.Conn, error) { return l.Dial() }}
		defer c.Close()
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); !errors.Is(err, runtime.NoCredentials) {
			t.Errorf("double(1): %v", err)
		}
	})
}

// TestDo_slowReader: a reader that stops doesn't delay other calls, and its stream waits.
func TestDo_slowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := established(t)
		const items = 50000
		next := int64(0)
		for item, err := range stub.InvokeStream[Number](t.Context(), d.Do, &actionCount, &Number{items}, nil) {
			if err != nil || item.N != next {
				t.Fatalf("item %d is %v, %v", next, item.N, err)
			}
			if next == 10 {
				for range 20 { // shorter than the timeout
					time.Sleep(time.Second)
					if n, err := invoke(t.Context(), d.Do, &actionDouble, 2); n != 4 || err != nil {
						t.Errorf("double(2) = %d, %v", n, err)
					}
				}
				l := d.link(t)
				l.linkMu.Lock()
				for _, c := range l.links.asked {
					if c.bytes > window+1000 || c.bytes < window/2 {
						t.Errorf("%d bytes wait for a loop that has stopped", c.bytes)
					}
				}
				l.linkMu.Unlock()
			}
			next++
		}
		if next != items {
			t.Errorf("the stream ends after %d items", next)
		}
		// A reader that stops for longer is cut.
		var err error
		for _, err = range stub.InvokeStream[Number](t.Context(), a.Do, &actionCount, &Number{items}, nil) {
			if err == nil && next > 0 {
				next = 0
				time.Sleep(time.Minute)
			}
		}
		if err == nil || !strings.Contains(err.Error(), errNotTaken.Error()) {
			t.Errorf("a stream that isn't read ends with %v", err)
		}
	})
}

func (c *Channel) link(t *testing.T) *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.link == nil {
		t.Fatal("no connection")
	}
	return c.state.link
}

// TestDo_plain: messages are bodies, and answers come in the order of the
// requests.
func TestDo_plain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := established(t)
		var wait sync.WaitGroup
		for i := range int64(50) {
			wait.Go(func() {
				if n, err := invoke(t.Context(), d.Do, &actionPlain, i); n != 2*i || err != nil {
					t.Errorf("plain(%d) = %d, %v", i, n, err)
				}
			})
		}
		wait.Wait()
		if _, err := invoke(t.Context(), d.Do, &actionPlain, -1); !errors.Is(err, errNegative) {
			t.Errorf("plain(-1): %v", err)
		}
		// A response without a waiting caller is dropped, and isn't the next
		// caller's.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := invoke(ctx, d.Do, &actionPlain, 3); runtime.ReasonOf(err) != runtime.Canceled {
			t.Errorf("plain(3): %v", err)
		}
		if n, err := invoke(t.Context(), d.Do, &actionPlain, 4); n != 8 || err != nil {
			t.Errorf("plain(4) = %d, %v", n, err)
		}
		// Any peer can send this.
		m, err := a.Ask(t.Context(), Message{Service: Read, DataID: 8, Data: json.RawMessage(`{"n":7}`)})
		if err != nil || m.Status != Okay || string(m.Data) != `{"n":14}` {
			t.Errorf("Ask = %v, %v", m, err)
		}
	})
}

// TestDo_statuses: the caller gets the status of a peer that doesn't know calls.
func TestDo_statuses(t *testing.T) {
	for _, test := range []struct {
		status Status
		code   runtime.Code
		text   string
	}{
		{Buffering, runtime.Failed, "buffering unhandled request"},
		{AuthRequired, 2, "authentication required"},
		{Unknown, runtime.Failed, "service or data unknown"},
		{NotPermitted, runtime.Failed, "operation not permitted"},
		{42, 42, "status 42"},
	} {
		synctest.Test(t, func(t *testing.T) {
			d, a := pair(t, Config{}, Config{})
			a.Register(Any, Any, func(context.Context, *Channel, Message) (Status, json.RawMessage) { return test.status, nil })
			for _, action := range []*runtime.Action{&actionDouble, &actionPlain} {
				if _, err := invoke(t.Context(), d.Do, action, 1); runtime.CodeOf(err) != test.code || err.Error() != test.text {
					t.Errorf("%s with %v: %v (%v)", action.Name, test.status, err, runtime.CodeOf(err))
				}
			}
		})
	}
}

// TestServe_odd sends wrong messages of a caller.
func TestServe_odd(t *testing.T) {
	double := DataIDOf("double")
	for _, test := range []struct {
		name     string
		id       DataID
		data     string
		response string // with status 6, it ends the connection
	}{
		{"no id", double, `{"action":"double"}`, `2 {"code":1,"body":{"error":"a call needs an id"}}`},
		{"no object", double, `[]`, `2 {"code":1,"body":{"error":"the request isn't an object"}}`},
		{"no data", double, `null`, `2 {"code":1,"body":{"error":"empty request"}}`},
		{"nothing asked", double, `{"id":1}`, `2 {"id":1,"code":1,"body":{"error":"No action found!"},"reason":"bad_request"}`},
		{"another place", double + 1, `{"id":1,"action":"double","body":{"n":1}}`, `4 {"id":1,"code":1,"body":{"error":"the action has another service or data id"},"reason":"unknown_action"}`},
		{"unknown", DataIDOf("nope"), `{"id":1,"action":"nope"}`, `2 {"id":1,"code":1,"body":{"error":"unknown action \"nope\""},"reason":"unknown_action"}`},
		{"plain one with an envelope", double, `{"id":1,"action":"plain","body":{"n":1}}`, `4 {"id":1,"code":1,"body":{"error":"the action has another service or data id"},"reason":"unknown_action"}`},
		{"same id twice", DataIDOf("wait"), `{"id":7,"action":"wait","body":{"n":1}}`, `6 {"code":1,"body":{"error":"call 7 is under way already"},"reason":"bad_request"}`},
		{"bad timeout", double, `{"id":1,"timeout":-1,"action":"double"}`, `2 {"id":1,"code":1,"body":{"error":"timeout: a positive number of milliseconds is expected"},"reason":"bad_request"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				here, there := wiretest.Pipe()
				c := Accept(Config{Handler: newMux()}, there)
				defer c.Wait()
				defer here.Close()
				frame := func(id DataID, data string) {
					b, err := standard.appendFrame(nil, Message{Service: Execute, DataID: id, Data: json.RawMessage(data)})
					if err != nil {
						t.Fatal(err)
					}
					here.Write(b)
				}
				frame(DataIDOf("wait"), `{"id":7,"action":"wait","body":{"n":3600}}`)
				frame(test.id, test.data)
				r := frameReader{src: here, framing: STP{}, limit: 1 << 20}
				got, err := r.next()
				if err != nil {
					t.Fatal(err)
				}
				p, _ := STP{}.Message(got)
				m, _ := JSON{}.Parse(p)
				want := Address{ExecuteResponse, test.id}
				if m.Status == NotPermitted {
					want = control
					if got, err := r.next(); err != io.EOF {
						t.Errorf("%q, %v, want the end", got, err)
					}
				}
				if text := fmt.Sprintf("%d %s", m.Status, m.Data); text != test.response || m.Address() != want {
					t.Errorf("%v: %s, want %s", m.Address(), text, test.response)
				}
			})
		})
	}
}

// TestServe_flood: a peer with too many open calls is refused further ones.
func TestServe_flood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := established(t)
		var wait sync.WaitGroup
		var refused sync.Map
		for i := range maxWaiting + 10 {
			wait.Go(func() {
				_, err := invoke(t.Context(), d.Do, &actionWait, 3600)
				if err != nil {
					refused.Store(i, err)
				}
			})
		}
		synctest.Wait()
		n := 0
		refused.Range(func(_, err any) bool {
			n++
			if !strings.Contains(err.(error).Error(), "too many calls") {
				t.Errorf("%v", err)
			}
			return true
		})
		if n != 10 {
			t.Errorf("%d calls are refused", n)
		}
		d.Close()
		wait.Wait()
	})
}

func TestNewTable(t *testing.T) {
	action := func(name, wire string) *runtime.Action {
		a := &runtime.Action{Name: name}
		if wire != "" {
			a.Wire = map[string]string{wireName: wire}
		}
		return a
	}
	for _, test := range []struct {
		a, b *runtime.Action
		want string // the error; "" if there is none
	}{
		{action("a", ""), action("b", ""), ""},
		{action("a", `{"data":7}`), action("b", `{"data":7}`), ""}, // the envelope tells them apart
		{action("a", `{"data":7,"plain":true}`), action("b", `{"data":7}`), "a and b are both at service 30, data 7"},
		{action("a", `{"data":7}`), action("b", `{"data":7,"plain":true}`), "a and b are both at service 30, data 7"},
		{action("a", `{"data":7,"plain":true}`), action("b", `{"data":7,"plain":true,"service":40}`), ""},
		{action("a", `{"service":40,"data":7}`), action("b", `{"service":40,"data":7,"response":60}`), "responses at two"},
		{action("a", `{"data":"7"}`), action("b", ""), "where a is"},
		{action("a", `{"dta":7}`), action("b", ""), `"dta"`},
	} {
		mux := new(runtime.Mux)
		for _, a := range []*runtime.Action{test.a, test.b} {
			mux.Handle(a, nil)
		}
		_, err := newTable(mux, new(Services))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v and %v: %v, want %q", test.a.Wire, test.b.Wire, err, test.want)
		}
	}
	e, err := newEntry("a", `{"service":40}`, new(Services))
	if err != nil || e.answer != 41 || e.DataID != DataIDOf("a") {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestServer_unlimited: limits that are off don't apply.
func TestServer_unlimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		off := runtime.Limits{Frame: -1, Depth: -1, Header: -1, Body: -1, Idle: -1, Write: -1, Calls: -1, CallsPerConn: -1}
		l := serve(t, &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: runtime.Anybody, Limits: off})
		c := &runtime.Client{Wire: Wire{}, Dial: func(context.Context, string) (net.Conn, error) { return l.Dial() }}
		defer c.Close()
		for range 3 {
			if n, err := invoke(t.Context(), c.Do, &actionDouble, 2); n != 4 || err != nil {
				t.Errorf("double(2) = %d, %v", n, err)
			}
			time.Sleep(24 * time.Hour)
		}
	})
}

// TestRefuse: a client learns why it is refused.
func TestRefuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := serve(t, &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: runtime.Anybody, Limits: runtime.Limits{Conns: 1}})
		dial := func(context.Context, string) (net.Conn, error) { return l.Dial() }
		first, second := &runtime.Client{Wire: Wire{}, Dial: dial, Grace: -1}, &runtime.Client{Wire: Wire{}, Dial: dial, Grace: -1}
		defer first.Close()
		defer second.Close()
		if _, err := invoke(t.Context(), first.Do, &actionDouble, 1); err != nil {
			t.Error(err)
		}
		if _, err := invoke(t.Context(), second.Do, &actionDouble, 1); err == nil || !strings.Contains(err.Error(), "too many connections") {
			t.Errorf("the second connection: %v", err)
		}
	})
}

// TestDo_tooMuch: a peer that sends more of a stream than allowed loses the connection.
func TestDo_tooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := wiretest.Pipe()
		c := Open(Config{MaxFrame: 4096}, here)
		defer c.Wait()
		go func() {
			item, _ := standard.appendFrame(nil, Message{Service: ExecuteResponse, DataID: DataIDOf("count"),
				Data: json.RawMessage(`{"id":1,"code":0,"more":true,"body":{"n":1,"x":"` + strings.Repeat("x", 2000) + `"}}`)})
			r := frameReader{src: there, framing: STP{}, limit: 1 << 20}
			r.next() // the name
			r.next() // the call
			for range 2 * window / len(item) {
				if _, err := there.Write(item); err != nil {
					return
				}
			}
		}()
		var err error
		first := true
		for _, err = range stub.InvokeStream[Number](t.Context(), c.Do, &actionCount, &Number{1}, nil) {
			if first {
				first = false
				synctest.Wait()
			}
		}
		if !errors.Is(err, runtime.ErrStreamCut) || !errors.Is(err, errTooMuch) {
			t.Errorf("the stream ends with %v", err)
		}
	})
}

// TestDo_again: an idempotent call is sent again on another connection. Other calls aren't.
func TestDo_again(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cut := make(chan *Channel, 3) // the connections that end within a call
		c := Connect(Config{}, func(context.Context) (Transport, error) {
			here, there := wiretest.Pipe()
			a := Accept(Config{Handler: newMux()}, there)
			select {
			case cut <- a:
				go func() {
					synctest.Wait()
					a.Close()
				}()
			default:
			}
			return here, nil
		})
		defer c.Wait()
		defer c.Close()
		again := runtime.Action{Name: "wait", Idempotent: true}
		if _, err := invoke(t.Context(), c.Do, &again, 1); runtime.ReasonOf(err) != runtime.Unavailable {
			t.Errorf("three attempts: %v", err)
		}
		if len(cut) != cap(cut) {
			t.Errorf("%d attempts", len(cut))
		}
		if n, err := invoke(t.Context(), c.Do, &again, 1); n != 1 || err != nil {
			t.Errorf("wait(1) = %d, %v", n, err)
		}
		<-cut
		c.link(t).end(io.ErrUnexpectedEOF)
		if _, err := invoke(t.Context(), c.Do, &actionWait, 1); runtime.ReasonOf(err) != runtime.Unavailable {
			t.Errorf("a call that isn't to be sent again: %v", err)
		}
	})
}

// TestServer_patience: a server that stops waits only briefly for a peer that doesn't
// leave.
func TestServer_patience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := wiretest.Listen()
		ctx, stop := context.WithCancel(t.Context())
		srv := &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: runtime.Anybody}
		ended := make(chan error)
		go func() { ended <- srv.Serve(ctx, l) }()
		peer, err := l.Dial()
		if err != nil {
			t.Fatal(err)
		}
		call, _ := standard.appendFrame(nil, Message{Service: Execute, DataID: DataIDOf("double"), Data: json.RawMessage(`{"id":1,"action":"double","body":{"n":1}}`)})
		peer.Write(call)
		synctest.Wait()
		stop()
		began := time.Now()
		if err := <-ended; err != nil || time.Since(began) != patience {
			t.Errorf("Serve: %v after %v", err, time.Since(began))
		}
		all, err := io.ReadAll(peer)
		if err != nil || !strings.Contains(string(all), `{"goaway":=true}`) {
			t.Errorf("the peer gets %q, %v", all, err)
		}
	})
}
