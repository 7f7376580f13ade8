package tpp

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// This file makes calls of all four forms at once, which end in every way: by either side,
// early or late, well or badly. What a call gets must be what it was sent, in order, and
// when all calls are over nothing may be left of them.

// A drama is one such call. Its request tells the handler what to do.
type drama struct {
	call     int64 // which one it is
	up, down int64 // how many items travel
	stops    int64 // after how many uploaded items the handler returns; -1 for never
	fails    bool  // it returns an error then, or after its items
	naps     int64 // it sleeps so many milliseconds before every item

	upload, stream bool
	leaves         int64 // after how many items the caller leaves the loop; -1 for never
	breaks         int64 // after how many uploaded items the caller's iterator fails; -1 for never
	cancelled      time.Duration
	deadline       time.Duration
}

func (p *drama) DecodeJSON(d *codec.Decoder) {
	var all []int64
	for n := d.Array(); d.Element(); n++ {
		all = append(all, d.Int64())
	}
	if len(all) != 6 {
		return
	}
	*p = drama{call: all[0], up: all[1], down: all[2], stops: all[3], fails: all[4] == 1, naps: all[5]}
}

func (p drama) AppendJSON(b []byte) ([]byte, error) {
	fails := 0
	if p.fails {
		fails = 1
	}
	return fmt.Appendf(b, "[%d,%d,%d,%d,%d,%d]", p.call, p.up, p.down, p.stops, fails, p.naps), nil
}

// A line is an item of a drama: its call, and its number.
type line struct{ call, n int64 }

func (p *line) DecodeJSON(d *codec.Decoder) {
	for i := 0; ; i++ {
		if i == 0 {
			d.Array()
		}
		if !d.Element() {
			return
		}
		if i == 0 {
			p.call = d.Int64()
		} else {
			p.n = d.Int64()
		}
	}
}

func (p line) AppendJSON(b []byte) ([]byte, error) {
	return fmt.Appendf(b, "[%d,%d]", p.call, p.n), nil
}

var (
	errPlayed = runtime.NewError(runtime.ErrorInfo{Code: 9, Name: "Played", Message: "as it was played"})
	errBroke  = errors.New("the caller's iterator broke")

	dramaActions = map[[2]bool]*runtime.Action{
		{false, false}: {Name: "act"},
		{false, true}:  {Name: "show", Stream: true, Reply: runtime.Bare},
		{true, false}:  {Name: "hear", Upload: true},
		{true, true}:   {Name: "talk", Upload: true, Stream: true, Reply: runtime.Bare},
	}
)

// A stage is the service of dramas.
type stage struct {
	t    *testing.T
	busy atomic.Int64 // handlers at work
}

// hear reads what is uploaded, and checks that it's the call's own, in order.
func (s *stage) hear(p *drama, items iter.Seq2[line, error]) (n int64, err error) {
	for item, err := range items {
		if err != nil {
			return n, err
		}
		if item != (line{p.call, n}) {
			s.t.Errorf("call %d got %v instead of item %d", p.call, item, n)
		}
		if n++; n == p.stops {
			break
		}
	}
	if p.fails {
		err = errPlayed
	}
	return n, err
}

// show yields the items of a stream, and hears meanwhile if there are others.
func (s *stage) show(ctx context.Context, p *drama, items iter.Seq2[line, error]) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		s.busy.Add(1)
		defer s.busy.Add(-1)
		if items != nil {
			n := int64(0)
			for item, err := range items {
				if err != nil {
					yield(line{}, err)
					return
				}
				if item != (line{p.call, n}) {
					s.t.Errorf("call %d got %v instead of item %d", p.call, item, n)
				}
				if n < p.down && !yield(line{p.call, n}, nil) {
					return
				}
				if n++; n == p.stops {
					break
				}
			}
		} else {
			for n := range p.down {
				time.Sleep(time.Duration(p.naps) * time.Millisecond)
				if !yield(line{p.call, n}, nil) || n+1 == p.stops {
					break
				}
			}
		}
		if p.fails {
			yield(line{}, errPlayed)
		}
	}
}

func (s *stage) register(mux *runtime.Mux) {
	act, show, hear, talk := dramaActions[[2]bool{}], dramaActions[[2]bool{false, true}], dramaActions[[2]bool{true, false}], dramaActions[[2]bool{true, true}]
	mux.Handle(act, stub.Unary(act, func(ctx context.Context, p *drama) (*line, error) {
		s.busy.Add(1)
		defer s.busy.Add(-1)
		time.Sleep(time.Duration(p.naps) * time.Millisecond)
		if p.fails {
			return nil, errPlayed
		}
		return &line{p.call, 0}, nil
	}))
	mux.Handle(show, stub.Stream(show, func(ctx context.Context, p *drama) iter.Seq2[line, error] { return s.show(ctx, p, nil) }))
	mux.Handle(hear, stub.Upload(hear, func(_ context.Context, p *drama, items iter.Seq2[line, error]) (*line, error) {
		s.busy.Add(1)
		defer s.busy.Add(-1)
		n, err := s.hear(p, items)
		return &line{p.call, n}, err
	}))
	mux.Handle(talk, stub.UploadStream(talk, s.show))
}

// items is what the caller uploads.
func (p *drama) items(running *atomic.Int64) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		running.Add(1)
		defer running.Add(-1)
		for n := range p.up {
			if n == p.breaks {
				yield(line{}, errBroke)
				return
			}
			if !yield(line{p.call, n}, nil) {
				return
			}
		}
		if p.breaks >= p.up {
			yield(line{}, errBroke)
		}
	}
}

// play makes the call, and checks what comes of it.
func (p *drama) play(t *testing.T, do runtime.Func, running *atomic.Int64) {
	ctx := t.Context()
	if p.deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.deadline)
		defer cancel()
	}
	if p.cancelled > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		defer time.AfterFunc(p.cancelled, cancel).Stop()
	}
	a := dramaActions[[2]bool{p.upload, p.stream}]
	var n int64
	var err error
	switch {
	case p.stream:
		next := int64(0)
		var all iter.Seq2[line, error]
		if p.upload {
			all = stub.InvokeUploadStream[line](ctx, do, a, p, p.items(running), nil)
		} else {
			all = stub.InvokeStream[line](ctx, do, a, p, nil)
		}
		left := false
		for item, e := range all {
			if err = e; err != nil {
				break
			}
			if item != (line{p.call, next}) {
				t.Errorf("%+v: got %v instead of item %d", *p, item, next)
			}
			if next++; next == p.leaves {
				left = true
				break
			}
		}
		n = next
		if left {
			return
		}
	case p.upload:
		var resp *line
		if resp, err = stub.InvokeUpload[line](ctx, do, a, p, p.items(running), nil); err == nil {
			n = resp.n
			if resp.call != p.call {
				t.Errorf("%+v: got the answer of call %d", *p, resp.call)
			}
		}
	default:
		var resp *line
		if resp, err = stub.Invoke[line](ctx, do, a, p, nil); err == nil && *resp != (line{p.call, 0}) {
			t.Errorf("%+v: got %v", *p, *resp)
		}
	}
	p.judge(t, n, err)
}

// judge checks how the call ended: n items came back, or were counted.
func (p *drama) judge(t *testing.T, n int64, err error) {
	switch runtime.ReasonOf(err) {
	case runtime.Canceled:
		if p.cancelled == 0 {
			t.Errorf("%+v: %v", *p, err)
		}
		return
	case runtime.DeadlineExceeded:
		if p.deadline == 0 {
			t.Errorf("%+v: %v", *p, err)
		}
		return
	}
	switch {
	case errors.Is(err, errBroke):
		if p.breaks < 0 {
			t.Errorf("%+v: %v", *p, err)
		}
		return
	case errors.Is(err, errPlayed):
		if !p.fails {
			t.Errorf("%+v: %v", *p, err)
		}
		return
	case err != nil:
		t.Errorf("%+v: %v", *p, err)
		return
	case p.fails:
		t.Errorf("%+v: no error", *p)
	}
	want := p.up
	if p.stream {
		want = p.down
		if p.upload {
			want = min(p.up, p.down)
		}
	}
	if p.stops > 0 {
		want = min(want, p.stops)
	}
	if (p.stream || p.upload) && n != want {
		t.Errorf("%+v: %d items, want %d", *p, n, want)
	}
	if p.upload && p.breaks >= 0 && (p.stops <= 0 || p.stops > p.breaks) {
		t.Errorf("%+v: the broken upload was complete", *p)
	}
}

// dramas reads calls from bytes, nine for each.
func dramas(data []byte) (all []*drama) {
	for len(data) >= 9 && len(all) < 32 {
		b := data[:9]
		data = data[9:]
		scale := int64(1)
		if b[0]&4 != 0 {
			scale = 100
		}
		p := &drama{
			call: int64(len(all)), upload: b[0]&1 != 0, stream: b[0]&2 != 0,
			up: int64(b[1]) * scale, down: int64(b[2]) * scale, stops: int64(b[3]) - 1, fails: b[4]&1 != 0, naps: int64(b[4] >> 5),
			leaves: int64(b[5]) - 1, breaks: int64(b[6]) - 1,
			cancelled: time.Duration(b[7]) * time.Millisecond, deadline: time.Duration(b[8]) * time.Millisecond,
		}
		if p.stops == 0 {
			p.stops = -1
		}
		if p.leaves == 0 {
			p.leaves = -1
		}
		if !p.upload {
			p.breaks = -1
		}
		all = append(all, p)
	}
	return all
}

// FuzzStreams plays calls of every form at once.
func FuzzStreams(f *testing.F) {
	f.Add([]byte{1, 5, 0, 0, 0, 0, 0, 0, 0, 2, 0, 5, 0, 0, 0, 0, 0, 0, 3, 5, 5, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{7, 200, 200, 0, 0, 0, 0, 0, 0, 5, 250, 0, 3, 0, 0, 0, 0, 0, 6, 0, 250, 0, 32, 9, 0, 0, 0})
	f.Add([]byte{3, 90, 90, 40, 1, 0, 0, 0, 0, 1, 90, 0, 0, 0, 0, 7, 0, 0, 2, 0, 90, 0, 64, 0, 0, 30, 0, 7, 90, 90, 0, 0, 0, 0, 0, 20})
	f.Fuzz(func(t *testing.T, data []byte) {
		all := dramas(data)
		synctest.Test(t, func(t *testing.T) {
			st := &stage{t: t}
			s := serve(t, runtime.Limits{}, func(s *runtime.Server) { st.register(s.Handler.(*runtime.Mux)) })
			c := s.client(t)
			var running atomic.Int64 // iterators of callers
			var wait sync.WaitGroup
			for _, p := range all {
				wait.Go(func() { p.play(t, c.Do, &running) })
			}
			wait.Wait()
			time.Sleep(10 * time.Second) // longer than any nap
			synctest.Wait()
			if n := st.busy.Load(); n != 0 {
				t.Errorf("%d handlers are left", n)
			}
			if n := running.Load(); n != 0 {
				t.Errorf("%d iterators of callers are left", n)
			}
			if n, err := invoke(t.Context(), c.Do, &actionDouble, 4); n != 8 || err != nil {
				t.Errorf("afterwards: %d, %v", n, err)
			}
		})
	})
}
