package wiretest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// Run tests what every wire must do, in memory, each rule in a subtest of its own.
func Run(t *testing.T, w runtime.Wire) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, p *peers)
	}{
		{"unary", unary},
		{"reasons", reasons},
		{"tokens", tokens},
		{"contract", contract},
		{"stream", streams},
		{"stream of nulls", streamOfNulls},
		{"stream with an error", streamFails},
		{"loop left early", loopLeft},
		{"stream left while it flows", floodLeft},
		{"cancelled", cancelled},
		{"cancelled stream", streamCancelled},
		{"deadline", deadline},
		{"large bodies", largeBodies},
		{"too large", tooLarge},
		{"concurrent calls", concurrent},
		{"uploads", uploads},
		{"drain", drain},
		{"stream cut", streamCut},
		{"client closed", clientClosed},
		{"no server", noServer},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &peers{wire: w, listener: Listen(), service: service{
					waiting: make(chan struct{}, 1), ended: make(chan error, 1), resume: make(chan struct{}),
				}}
				p.serve(t)
				p.client = p.newClient(t, "s3cret")
				test.run(t, p)
			})
		})
	}
	for _, test := range []struct {
		name string
		run  func(t *testing.T, w *town)
	}{
		{"several peers", severalPeers},
		{"dead peer", deadPeer},
		{"mute peer", mutePeer},
		{"restarts", restarts},
		{"comeback", comeback},
		{"broken connection", brokenConnection},
		{"hedged", hedged},
		{"gateway", gateway},
		{"close cuts", closeCuts},
		{"close cuts a dial", closeCutsDial},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test.run(t, newTown(w)) })
		})
	}
}

// peers are a client and a server.
type peers struct {
	wire     runtime.Wire
	listener *Listener
	service  service
	client   *runtime.Client
	server   *runtime.Server
	limits   runtime.Limits     // of server; by default only that of a request
	stop     context.CancelFunc // tells the server to stop
}

const limit = 2 << 20 // bytes of a request

// serve starts the server. It ends with the test.
func (p *peers) serve(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	if p.limits == (runtime.Limits{}) {
		p.limits.Frame = limit
	}
	p.server = &runtime.Server{
		Wire:         p.wire,
		Handler:      p.service.mux(),
		Interceptors: []runtime.Interceptor{p.service.observe},
		Limits:       p.limits,
		Auth: func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
			if c.Token != "s3cret" {
				return runtime.Principal{}, fmt.Errorf("%s: %w", private, runtime.BadCredentials)
			}
			return runtime.Principal{Name: "ann"}, nil
		},
		Authorize: func(_ context.Context, _ runtime.Principal, a *runtime.Action) error {
			if a == &actionDenied {
				return errors.New(private)
			}
			return nil
		},
	}
	ended := make(chan error)
	go func() { ended <- p.server.Serve(ctx, p.listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

// newClient returns a client that is closed when the test ends.
func (p *peers) newClient(t *testing.T, token string) *runtime.Client {
	c := &runtime.Client{Wire: p.wire, Addr: "memory", Token: token, Dial: p.listener.DialContext}
	t.Cleanup(func() { c.Close() })
	return c
}

// invoke performs a unary call on a number.
func (p *peers) invoke(ctx context.Context, a *runtime.Action, n int64) (int64, error) {
	resp, err := stub.Invoke[number](ctx, p.client.Do, a, &number{n}, nil)
	if err != nil {
		return 0, err
	}
	return resp.n, nil
}

// works checks that a call still succeeds.
func (p *peers) works(t *testing.T) {
	t.Helper()
	if n, err := p.invoke(t.Context(), &actionDouble, 21); n != 42 || err != nil {
		t.Errorf("double(21) = %d, %v, want 42", n, err)
	}
}

// expect checks the reason and the message of err.
func expect(t *testing.T, what string, err error, reason runtime.Reason, message string) {
	t.Helper()
	if got := runtime.ReasonOf(err); got != reason || err == nil || !strings.Contains(err.Error(), message) {
		t.Errorf("%s: %v (reason %q), want %q (reason %q)", what, err, got, message, reason)
	}
}

func unary(t *testing.T, p *peers) {
	for range 3 {
		p.works(t)
	}
}

func tokens(t *testing.T, p *peers) {
	for token, want := range map[string]runtime.Reason{"wrong": runtime.BadCredentials, "": runtime.NoCredentials} {
		p.client = p.newClient(t, token)
		if _, err := p.invoke(t.Context(), &actionDouble, 1); !errors.Is(err, want) {
			t.Errorf("double with token %q: %v, want %v", token, err, want)
		}
		if _, err := stub.Invoke[text](t.Context(), p.client.Do, &actionOpen, &number{1}, nil); err != nil {
			t.Errorf("open with token %q: %v", token, err)
		}
	}
}

// contract: the service publishes its contracts to peers that it knows.
func contract(t *testing.T, p *peers) {
	for range 2 {
		got, err := runtime.Contracts(t.Context(), p.client.Do)
		if err != nil || len(got) != 2 || string(got[0]) != `{"tpp":"1","service":"test"}` || string(got[1]) != `{"tpp":"1"}` {
			t.Errorf("contracts are %s, %v", got, err)
		}
	}
	p.client = p.newClient(t, "wrong")
	if got, err := runtime.Contracts(t.Context(), p.client.Do); got != nil || !errors.Is(err, runtime.BadCredentials) {
		t.Errorf("contracts with a wrong token are %s, %v", got, err)
	}
}

// items returns what a stream yields.
func (p *peers) items(ctx context.Context, a *runtime.Action, n int64) (all []int64, err error) {
	for item, err := range stub.InvokeStream[number](ctx, p.client.Do, a, &number{n}, nil) {
		if err != nil {
			return all, err
		}
		all = append(all, item.n)
	}
	return all, nil
}

func streams(t *testing.T, p *peers) {
	for _, n := range []int64{0, 1, 5} {
		all, err := p.items(t.Context(), &actionCount, n)
		if err != nil || int64(len(all)) != n {
			t.Errorf("count(%d) = %v, %v", n, all, err)
		}
		for i, got := range all {
			if got != int64(i) {
				t.Errorf("count(%d)[%d] = %d", n, i, got)
			}
		}
		p.works(t)
	}
}

func streamOfNulls(t *testing.T, p *peers) {
	var got []string
	req := &runtime.Request{Action: actionNulls.Name, Body: &number{}, Info: &actionNulls}
	err := p.client.Do(t.Context(), req, runtime.ResponderFunc(func(body runtime.Message) error {
		b, err := body.AppendJSON(nil)
		got = append(got, string(b))
		return err
	}))
	if !slices.Equal(got, []string{"null", "null"}) || err != nil {
		t.Errorf("nulls = %q, %v", got, err)
	}
	p.works(t)
}

func streamFails(t *testing.T, p *peers) {
	all, err := p.items(t.Context(), &actionCount, 20)
	if len(all) != 13 || !errors.Is(err, errUnlucky) {
		t.Errorf("count(20) = %v, %v, want 13 items and %v", all, err, errUnlucky)
	}
	p.works(t)
}

func loopLeft(t *testing.T, p *peers) {
	for item, err := range stub.InvokeStream[number](t.Context(), p.client.Do, &actionTicks, &number{3}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if item.n == 1 {
			break
		}
	}
	if err := <-p.service.ended; err != context.Canceled {
		t.Errorf("the handler's context ended with %v", err)
	}
	p.ended(t, &actionTicks, runtime.Canceled)
	p.works(t)
}

// floodLeft: a stream whose client has left counts as canceled, even if its handler
// returns no error.
func floodLeft(t *testing.T, p *peers) {
	for item, err := range stub.InvokeStream[number](t.Context(), p.client.Do, &actionFlood, &number{}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if item.n == 3 {
			break
		}
	}
	p.ended(t, &actionFlood, runtime.Canceled)
	p.works(t)
}

// ended waits for the end of an action's last call on the server, and checks its reason.
func (p *peers) ended(t *testing.T, a *runtime.Action, want runtime.Reason) {
	t.Helper()
	synctest.Wait()
	if reason := p.service.reason(a.Name); reason != want {
		t.Errorf("on the server, %s ended with reason %q, want %q", a.Name, reason, want)
	}
}

func cancelled(t *testing.T, p *peers) {
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-p.service.waiting
		cancel()
	}()
	_, err := p.invoke(ctx, &actionWait, 1)
	expect(t, "wait(1)", err, runtime.Canceled, "")
	if err := <-p.service.ended; err != context.Canceled {
		t.Errorf("the handler's context ended with %v", err)
	}
	p.works(t)
}

func streamCancelled(t *testing.T, p *peers) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range stub.InvokeStream[number](ctx, p.client.Do, &actionTicks, &number{3}, nil) {
		if err != nil {
			expect(t, "ticks(3)", err, runtime.Canceled, "")
			break
		}
		if n++; n == 3 {
			<-p.service.waiting
			cancel()
		}
	}
	if n != 3 {
		t.Errorf("ticks(3) yields %d items", n)
	}
	if err := <-p.service.ended; err != context.Canceled {
		t.Errorf("the handler's context ended with %v", err)
	}
	p.works(t)
}

func deadline(t *testing.T, p *peers) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	_, err := p.invoke(ctx, &actionWait, 1)
	expect(t, "wait(1)", err, runtime.DeadlineExceeded, "")
	if took := time.Since(began); took > 1100*time.Millisecond {
		t.Errorf("wait(1) took %v", took)
	}
	<-p.service.waiting
	<-p.service.ended
	p.works(t)
}

func largeBodies(t *testing.T, p *peers) {
	for _, size := range []int{0, 1, 4095, 64 << 10, 1 << 20} {
		want := text(strings.Repeat("x", size))
		got, err := stub.Invoke[text](t.Context(), p.client.Do, &actionEcho, &want, nil)
		if err != nil || *got != want {
			t.Errorf("echo of %d bytes: %v", size, err)
		}
	}
}

// tooLarge: a message over the limit is an error of its call alone, for the same reason
// however long it is, and the call isn't made again.
func tooLarge(t *testing.T, p *peers) {
	again := runtime.Action{Name: actionEcho.Name, Idempotent: true}
	for _, size := range []int{limit, 40 * limit} { // the second one is too long to be skipped
		large := text(strings.Repeat("x", size))
		for _, state := range []string{"first", "later"} {
			_, err := stub.Invoke[text](t.Context(), p.client.Do, &again, &large, nil)
			if !errors.Is(err, runtime.OverLimit) {
				t.Errorf("%s request of %d bytes: %v (reason %q)", state, size, err, runtime.ReasonOf(err))
			}
			p.works(t)
		}
		p.client = p.newClient(t, "s3cret")
	}
	p.client.MaxFrame = 1 << 10
	large := text(strings.Repeat("x", 2<<10))
	for range 2 {
		_, err := stub.Invoke[text](t.Context(), p.client.Do, &again, &large, nil)
		if !errors.Is(err, runtime.OverLimit) {
			t.Errorf("response of %d bytes: %v (reason %q)", len(large), err, runtime.ReasonOf(err))
		}
		p.works(t)
	}
}

func concurrent(t *testing.T, p *peers) {
	var wait sync.WaitGroup
	for i := range int64(50) {
		wait.Go(func() {
			for j := range int64(10) {
				if n, err := p.invoke(t.Context(), &actionDouble, i*j); n != 2*i*j || err != nil {
					t.Errorf("double(%d) = %d, %v", i*j, n, err)
				}
			}
		})
		wait.Go(func() {
			if all, err := p.items(t.Context(), &actionCount, 10); len(all) != 10 || err != nil {
				t.Errorf("count(10) = %v, %v", all, err)
			}
		})
	}
	wait.Wait()
}

// drain: calls under way when the server stops are still answered.
func drain(t *testing.T, p *peers) {
	p.works(t)
	go func() {
		<-p.service.waiting
		p.stop()
		synctest.Wait()
		close(p.service.resume)
	}()
	if n, err := p.invoke(t.Context(), &actionWait, 7); n != 7 || err != nil {
		t.Errorf("wait(7) = %d, %v", n, err)
	}
	_, err := p.invoke(t.Context(), &actionDouble, 1)
	expect(t, "double(1) after the end", err, runtime.Unavailable, "")
}

// streamCut: a stream whose server is gone isn't complete.
func streamCut(t *testing.T, p *peers) {
	go func() {
		<-p.service.waiting
		p.stop()
	}()
	all, err := p.items(t.Context(), &actionTicks, 3)
	if len(all) != 3 || runtime.ReasonOf(err) != runtime.Unavailable {
		t.Errorf("ticks(3) = %v, %v, want 3 items, and that the server is gone", all, err)
	}
	<-p.service.ended
}

func clientClosed(t *testing.T, p *peers) {
	done := make(chan error)
	go func() {
		n, err := p.invoke(t.Context(), &actionWait, 7)
		if n != 7 {
			err = fmt.Errorf("wait(7) = %d, %w", n, err)
		}
		done <- err
	}()
	<-p.service.waiting
	closed := make(chan struct{})
	go func() {
		p.client.Close()
		close(closed)
	}()
	synctest.Wait()
	if _, err := p.invoke(t.Context(), &actionDouble, 1); !errors.Is(err, runtime.ErrClosed) {
		t.Errorf("double(1) after Close: %v, want %v", err, runtime.ErrClosed)
	}
	close(p.service.resume)
	if err := <-done; err != nil {
		t.Errorf("the call under way: %v", err)
	}
	<-closed
}

func noServer(t *testing.T, p *peers) {
	p.stop()
	synctest.Wait()
	_, err := p.invoke(t.Context(), &actionDouble, 1)
	expect(t, "double(1)", err, runtime.Unavailable, "")
}
