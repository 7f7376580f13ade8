package examples

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/tpp-rpc/tpp/examples/orders"
	"github.com/tpp-rpc/tpp/examples/quickstart/greeter"
	"github.com/tpp-rpc/tpp/examples/slave/slave"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/socketproto"
	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// This file shows that what a handler doesn't choose for its caller never leaves the process.

// mark is in every text that a caller mustn't see.
const mark = "MARK!"

// A privateError builds an error out of the bytes of a fuzzer. Each text in it that wasn't
// chosen for the caller has the mark.
type privateError struct{ steps []byte }

func (p *privateError) next() (step byte) {
	if len(p.steps) > 0 {
		step, p.steps = p.steps[0], p.steps[1:]
	}
	return step
}

func (p *privateError) leaf(ctx context.Context) error {
	switch p.next() % 12 {
	case 0:
		return errors.New("pq: password authentication failed for " + mark)
	case 1:
		return &os.PathError{Op: "open", Path: "/srv/" + mark, Err: os.ErrPermission}
	case 2:
		return runtime.Unavailable.Errorf("connecting to %s:5432: refused", mark)
	case 3:
		return runtime.BadResponse.Errorf("response of %s", mark)
	case 4:
		return runtime.Internal.Errorf("%s is nil", mark)
	case 5:
		return fmt.Errorf("asking %s: %w", mark, context.DeadlineExceeded)
	case 6:
		return &codec.Error{Pointer: "/" + mark, Expected: mark, Found: mark}
	case 7:
		return runtime.Errorf(7, "in public")
	case 8:
		return greeter.ErrUnknownLanguage
	case 9:
		return slave.ErrBadData.Errorf("the request lacks a branch")
	case 10:
		return orders.ErrOutOfStock.WithData(new(runtime.Raw(`{"left":1}`)))
	}
	return ctx.Err()
}

// build returns an error for a call with context ctx. It panics now and then.
func (p *privateError) build(ctx context.Context) error {
	err := p.leaf(ctx)
	for range p.next() % 4 {
		switch p.next() % 7 {
		case 0:
			err = fmt.Errorf("selecting %s: %w", mark, err)
		case 1:
			err = errors.Join(err, errors.New(mark))
		case 2:
			err = errors.Join(errors.New(mark), err)
		case 3:
			err = fmt.Errorf("%w: %w", err, errors.New(mark))
		case 4:
			if err != nil {
				err = runtime.AsError(err)
			}
		case 5:
			if err != nil {
				err = runtime.Disclose(ctx, err)
			}
		case 6:
			err = runtime.Unavailable.Errorf("%s: %w", mark, err)
		}
	}
	if p.next()%8 == 7 {
		panic(fmt.Sprintf("%s: %v", mark, err))
	}
	return err
}

// services are those of the examples, with a good request for each action. Register makes
// a service perform its actions by do.
var services = []struct {
	name     string
	register func(mux *runtime.Mux, do runtime.Func)
	requests map[string]string
}{
	{"greeter", func(mux *runtime.Mux, do runtime.Func) { greeter.Register(mux, greeter.NewClient(do)) }, map[string]string{
		"greet": `{"name":"Ada"}`, "countdown": `{"from":3}`,
	}},
	{"orders", func(mux *runtime.Mux, do runtime.Func) { orders.Register(mux, orders.NewClient(do)) }, map[string]string{
		"place": `{"id":"ORD-00000001","placed":"2026-11-22T04:30:00Z","customer":{"id":7,"name":"Ada","email":"ada@example.org"},
			"items":[{"sku":"PEN-0007","title":"Pen","quantity":3,"price":1.5}],"currency":"EUR","total":4.5}`,
	}},
	{"slave", func(mux *runtime.Mux, do runtime.Func) { slave.Register(mux, slave.NewClient(do)) }, map[string]string{
		"healthcheck": `{}`, "cancel_build": `{"build_uuid":"0b7c4c6e"}`,
		"list_builders": `{"repo_id":"1","repo_url":"x","branch":"main","vcs_type":"git","named_tree":"main"}`,
		"build":         `{"repo_id":"1","repo_url":"x","branch":"main","vcs_type":"git","named_tree":"main","builder_name":"b"}`,
	}},
}

// wires are all ways to a service.
var wires = map[string]runtime.Wire{
	"tpp": tpp.Wire{}, "classic": tpp.Wire{Classic: true}, "tinyproto": tinyproto.Wire{}, "socketproto": socketproto.Wire{},
}

// A tap records what a server sends.
type tap struct {
	*wiretest.Listener
	mu   sync.Mutex
	sent bytes.Buffer
}

func (l *tap) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tapped{c, l}, nil
}

type tapped struct {
	net.Conn
	tap *tap
}

func (c *tapped) Write(p []byte) (int, error) {
	c.tap.mu.Lock()
	c.tap.sent.Write(p)
	c.tap.mu.Unlock()
	return c.Conn.Write(p)
}

// fails calls every action of every example over a wire, with handlers and interceptors
// that fail as steps say, and returns all that the server sends and the callers get.
func fails(t *testing.T, w runtime.Wire, steps []byte) string {
	var told bytes.Buffer
	l := &tap{Listener: wiretest.Listen()}
	mux := new(runtime.Mux)
	where := byte(0)
	if len(steps) > 0 {
		where = steps[0] % 4
		steps = steps[1:]
	}
	fail := func(ctx context.Context) error { return (&privateError{steps}).build(ctx) }
	handler := func(ctx context.Context, _ *runtime.Request, _ runtime.Responder) error { return fail(ctx) }
	intercept := func(place byte) runtime.Interceptor {
		return func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			if where == place {
				return fail(ctx)
			}
			return next(ctx, req, out)
		}
	}
	for _, s := range services {
		if where != 1 {
			s.register(mux, handler)
			continue
		}
		var service runtime.Mux
		s.register(&service, handler)
		for a := range service.Actions() { // by a Func that isn't generated
			mux.Handle(a, handler)
		}
	}
	mux.Use(intercept(2))
	server := &runtime.Server{Wire: w, Handler: mux, Auth: runtime.Anybody, Interceptors: []runtime.Interceptor{intercept(3)}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx, l) }()
	client := &runtime.Client{Wire: w, Addr: "examples", Dial: l.DialContext}
	for _, s := range services {
		for action, body := range s.requests {
			err := client.Do(ctx, &runtime.Request{Action: action, Body: new(runtime.Raw(body)), Info: mux.Action(action)},
				runtime.ResponderFunc(func(runtime.Message) error { return nil }))
			fmt.Fprintf(&told, "%s: %+v\n", action, err)
			var e *runtime.Error
			if errors.As(err, &e) && (e.Reason == runtime.BadRequest || e.Reason == runtime.Unavailable) {
				t.Errorf("%s of %s: %v", action, s.name, err)
			}
		}
	}
	client.Close()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return told.String() + l.sent.String()
}

// A private error of a handler or an interceptor never appears on a wire.
func TestPrivateErrors(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 1))
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				steps := make([]byte, 12)
				for i := range steps {
					steps[i] = byte(random.Uint32())
				}
				checkPrivate(t, w, steps)
			}
		})
	}
}

func FuzzPrivateErrors(f *testing.F) {
	f.Add([]byte{0, 0}, "tpp")
	f.Add([]byte{1, 2, 1, 3}, "classic")
	f.Add([]byte{2, 9, 2, 1, 5}, "tinyproto")
	f.Add([]byte{3, 8, 3, 0, 4, 6, 7}, "socketproto")
	f.Fuzz(func(t *testing.T, steps []byte, wire string) {
		if w := wires[wire]; w != nil {
			checkPrivate(t, w, steps)
		}
	})
}

func checkPrivate(t *testing.T, w runtime.Wire, steps []byte) {
	synctest.Test(t, func(t *testing.T) {
		if told := fails(t, w, steps); bytes.Contains([]byte(told), []byte(mark)) {
			t.Errorf("with %v, callers are told\n%s", steps, told)
		}
	})
}
