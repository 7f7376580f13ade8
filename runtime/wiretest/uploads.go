package wiretest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// This file tests calls whose callers upload items. A wire carries them, or says that it
// doesn't: then the reason is Unimplemented.

var (
	actionSum   = runtime.Action{Name: "sum", Upload: true}
	actionRelay = runtime.Action{Name: "relay", Reply: runtime.Bare, Upload: true, Stream: true}
)

// handleUploads registers the actions with uploads.
func (s *service) handleUploads(m *runtime.Mux) {
	m.Handle(&actionSum, stub.Upload(&actionSum, s.sum))
	m.Handle(&actionRelay, stub.UploadStream(&actionRelay, s.relay))
}

// sum adds up the items. It answers at once after an item that is the request's number, if
// that isn't 0; it fails after 13, and waits for a test before it reads what follows -1.
func (s *service) sum(ctx context.Context, req *number, items iter.Seq2[number, error]) (*number, error) {
	sum := int64(0)
	for item, err := range items {
		if err != nil {
			s.ended <- err
			return nil, err
		}
		switch sum += item.n; {
		case item.n == 13:
			return nil, errUnlucky
		case item.n == req.n && req.n != 0:
			return &number{sum}, nil
		case item.n == -1:
			s.waiting <- struct{}{}
			select {
			case <-s.resume:
			case <-ctx.Done():
				s.ended <- ctx.Err()
				return nil, ctx.Err()
			}
		}
	}
	return &number{sum}, nil
}

// relay yields each item, and the request's number in the end.
func (s *service) relay(_ context.Context, req *number, items iter.Seq2[number, error]) iter.Seq2[number, error] {
	return func(yield func(number, error) bool) {
		for item, err := range items {
			if !yield(item, err) || err != nil {
				s.ended <- err
				return
			}
		}
		yield(*req, nil)
	}
}

// numbers yields numbers, then err if it isn't nil.
func numbers(err error, all ...int64) iter.Seq2[number, error] {
	return func(yield func(number, error) bool) {
		for _, n := range all {
			if !yield(number{n}, nil) {
				return
			}
		}
		if err != nil {
			yield(number{}, err)
		}
	}
}

// endless yields ones. It sets over when it has ended.
func endless(over *atomic.Bool) iter.Seq2[number, error] {
	return func(yield func(number, error) bool) {
		defer over.Store(true)
		for yield(number{1}, nil) {
		}
	}
}

func (p *peers) sum(ctx context.Context, n int64, items iter.Seq2[number, error]) (int64, error) {
	resp, err := stub.InvokeUpload[number](ctx, p.client.Do, &actionSum, &number{n}, items, nil)
	if err != nil {
		return 0, err
	}
	return resp.n, nil
}

func (p *peers) relay(ctx context.Context, n int64, items iter.Seq2[number, error]) iter.Seq2[number, error] {
	return stub.InvokeUploadStream[number](ctx, p.client.Do, &actionRelay, &number{n}, items, nil)
}

// uploads tries every order in which the two directions can end.
func uploads(t *testing.T, p *peers) {
	if _, err := p.sum(t.Context(), 0, nil); runtime.ReasonOf(err) == runtime.Unimplemented {
		t.Logf("this wire carries no uploads: %v", err)
		p.works(t)
		return
	}
	for _, test := range []struct {
		name string
		run  func(t *testing.T, p *peers)
	}{
		{"all", uploadAll},
		{"both ways", uploadBothWays},
		{"answered early", uploadAnsweredEarly},
		{"fails at the server", uploadFails},
		{"fails at the client", uploadBreaks},
		{"bad item", uploadBadItem},
		{"cancelled", uploadCancelled},
		{"deadline", uploadDeadline},
		{"left", uploadLeft},
		{"not read", uploadNotRead},
		{"not permitted", uploadNotPermitted},
		{"large", uploadLarge},
		{"drain", uploadDrain},
	} {
		test.run(t, p)
		synctest.Wait()
		if t.Failed() {
			t.Fatalf("%s failed", test.name)
		}
		if test.name != "drain" {
			p.works(t)
		}
	}
}

func uploadAll(t *testing.T, p *peers) {
	for _, n := range []int64{0, 1, 5_000} {
		got, err := p.sum(t.Context(), 0, numbers(nil, slices.Repeat([]int64{3}, int(n))...))
		if got != 3*n || err != nil {
			t.Errorf("the sum of %d items is %d, %v", n, got, err)
		}
	}
}

// uploadBothWays sends an item when the last has come back.
func uploadBothWays(t *testing.T, p *peers) {
	back := make(chan int64, 1)
	back <- 0
	items := func(yield func(number, error) bool) {
		for n := range back {
			if n == 100 || !yield(number{n + 1}, nil) {
				return
			}
		}
	}
	want := int64(1)
	for item, err := range p.relay(t.Context(), 7, items) {
		if err != nil || item.n != want && (want != 101 || item.n != 7) {
			t.Errorf("item %d, %v, want %d", item.n, err, want)
			break
		}
		if want++; want <= 101 {
			back <- item.n
		}
	}
	if want != 102 {
		t.Errorf("%d items came", want-1)
	}
}

// uploadAnsweredEarly gets the answer while there is more to send.
func uploadAnsweredEarly(t *testing.T, p *peers) {
	var over atomic.Bool
	if got, err := p.sum(t.Context(), 1, endless(&over)); got != 1 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	synctest.Wait()
	if !over.Load() {
		t.Error("the iterator goes on after the call")
	}

	// Nor does the call wait for an iterator that waits for something else.
	next := make(chan number)
	waiting := func(yield func(number, error) bool) {
		yield(number{1}, nil)
		yield(<-next, nil)
	}
	if got, err := p.sum(t.Context(), 1, waiting); got != 1 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	p.works(t) // perhaps on the same connection
	next <- number{2}
}

func uploadFails(t *testing.T, p *peers) {
	var over atomic.Bool
	items := func(yield func(number, error) bool) {
		if yield(number{13}, nil) {
			endless(&over)(yield)
		}
	}
	if _, err := p.sum(t.Context(), 0, items); !errors.Is(err, errUnlucky) {
		t.Errorf("%v, want %v", err, errUnlucky)
	}
}

// uploadBreaks ends calls by an error of the iterator. It is the caller's error, and the
// handler's call is cancelled.
func uploadBreaks(t *testing.T, p *peers) {
	broken := errors.New("the disk is broken")
	if _, err := p.sum(t.Context(), 0, numbers(broken, 1, 2)); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	if err := <-p.service.ended; runtime.ReasonOf(err) != runtime.Canceled {
		t.Errorf("the handler got %v", err)
	}
	var err error
	for _, err = range p.relay(t.Context(), 0, numbers(broken, 1, 2)) {
	}
	if !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	if err := <-p.service.ended; err != nil && runtime.ReasonOf(err) != runtime.Canceled {
		t.Errorf("the handler of the stream got %v", err)
	}
	func() {
		defer func() {
			if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "volatile") {
				t.Errorf("recovered %v", got)
			}
		}()
		p.sum(t.Context(), 0, func(func(number, error) bool) { panic("volatile") })
	}()
	if err := <-p.service.ended; runtime.ReasonOf(err) != runtime.Canceled {
		t.Errorf("the handler got %v", err)
	}
}

// uploadBadItem sends items that don't fit, or can't be encoded.
func uploadBadItem(t *testing.T, p *peers) {
	send := func(m runtime.Message) error {
		items := func(yield func(message, error) bool) { yield(message{m}, nil) }
		_, err := stub.InvokeUpload[number](t.Context(), p.client.Do, &actionSum, &number{}, items, nil)
		return err
	}
	err := send(new(runtime.Raw(`{"n":"x"}`)))
	expect(t, "an item that doesn't fit", err, runtime.BadRequest, "bad item: at /n: expected an integer")
	<-p.service.ended
	err = send(broken{})
	expect(t, "an item that can't be encoded", err, runtime.BadRequest, "item of sum: at /a/1: it broke")
	<-p.service.ended
}

func uploadCancelled(t *testing.T, p *peers) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-p.service.waiting
		cancel()
	}()
	var over atomic.Bool
	items := func(yield func(number, error) bool) {
		if yield(number{-1}, nil) {
			endless(&over)(yield)
		}
	}
	_, err := p.sum(ctx, 0, items)
	expect(t, "cancelled", err, runtime.Canceled, "")
	if err := <-p.service.ended; runtime.ReasonOf(err) != runtime.Canceled {
		t.Errorf("the handler got %v", err)
	}
	synctest.Wait()
	if !over.Load() {
		t.Error("the iterator goes on after the call")
	}
}

// uploadDeadline waits for an item that doesn't come.
func uploadDeadline(t *testing.T, p *peers) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := p.sum(ctx, 0, func(yield func(number, error) bool) {
		yield(number{1}, nil)
		<-ctx.Done()
		yield(number{}, ctx.Err())
	})
	expect(t, "late", err, runtime.DeadlineExceeded, "")
	if err := <-p.service.ended; err == nil {
		t.Error("the handler got all items")
	}
}

// uploadLeft leaves the loop over what comes back.
func uploadLeft(t *testing.T, p *peers) {
	var over atomic.Bool
	for _, err := range p.relay(t.Context(), 0, endless(&over)) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if err := <-p.service.ended; err != nil && runtime.ReasonOf(err) != runtime.Canceled {
		t.Errorf("the handler got %v", err)
	}
	synctest.Wait()
	if !over.Load() {
		t.Error("the iterator goes on after the call")
	}
}

// uploadNotRead sends items that the handler doesn't read for a while. They don't pile up,
// and other calls go on.
func uploadNotRead(t *testing.T, p *peers) {
	const all, most = 60_000, 30_000
	var sent atomic.Int64
	items := func(yield func(number, error) bool) {
		for i := range int64(all) {
			n := number{1}
			if i == 0 {
				n.n = -1
			}
			if !yield(n, nil) {
				return
			}
			sent.Add(1)
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if got, err := p.sum(t.Context(), 0, items); got != all-2 || err != nil {
			t.Errorf("the sum is %d, %v", got, err)
		}
	}()
	<-p.service.waiting
	time.Sleep(time.Minute)
	synctest.Wait()
	if n := sent.Load(); n > most {
		t.Errorf("%d items were sent to a handler that doesn't read", n)
	}
	p.works(t)
	p.service.resume <- struct{}{}
	<-done
}

// uploadNotPermitted sends no item before the server knows its caller.
func uploadNotPermitted(t *testing.T, p *peers) {
	var begun atomic.Bool
	items := func(yield func(number, error) bool) { begun.Store(true) }
	_, err := stub.InvokeUpload[number](t.Context(), p.newClient(t, "wrong").Do, &actionSum, &number{}, items, nil)
	expect(t, "with a bad token", err, runtime.BadCredentials, "")
	if begun.Load() {
		t.Error("the upload began")
	}
}

// uploadLarge sends much both ways at once, more than every buffer on the way holds.
func uploadLarge(t *testing.T, p *peers) {
	const all = 40_000
	items := func(yield func(number, error) bool) {
		for i := range int64(all) {
			if !yield(number{i}, nil) {
				return
			}
		}
	}
	want := int64(0)
	for item, err := range p.relay(t.Context(), all, items) {
		if err != nil || item.n != want {
			t.Fatalf("item %d, %v, want %d", item.n, err, want)
		}
		if want++; want%20_000 == 0 {
			time.Sleep(time.Second)
		}
	}
	if want != all+1 {
		t.Errorf("%d items came back", want)
	}
}

// uploadDrain lets an upload end while the server stops.
func uploadDrain(t *testing.T, p *peers) {
	go func() {
		<-p.service.waiting
		p.stop()
		synctest.Wait()
		p.service.resume <- struct{}{}
	}()
	if got, err := p.sum(t.Context(), 0, numbers(nil, -1, 5, 6)); got != 10 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}
