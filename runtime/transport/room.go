package transport

import (
	"context"
	"sync/atomic"
)

// A room has places for so many calls at once. The zero room has no bound. It is safe for
// concurrent use.
type room struct {
	free    atomic.Int64
	waiting atomic.Int64
	open    chan struct{} // gets a value when a place is free and a call waits; nil if there is no bound
}

// limit gives r, which is zero, n places.
func (r *room) limit(n int) {
	if n != unlimited {
		r.open = make(chan struct{}, 1)
		r.free.Store(int64(n))
	}
}

// grow adds n places to those of r, which is bounded.
func (r *room) grow(n int) {
	r.free.Add(int64(n))
	r.tell()
}

// force takes a place even if none is free. It is for a call that is about to end.
func (r *room) force() {
	if r.open != nil {
		r.free.Add(-1)
	}
}

// try takes a place if one is free and no call waits for it.
func (r *room) try() bool { return r.open == nil || r.waiting.Load() == 0 && r.take() }

func (r *room) take() bool {
	for {
		n := r.free.Load()
		if n <= 0 {
			return false
		}
		if r.free.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

// acquire takes a place; it waits for one until ctx ends.
func (r *room) acquire(ctx context.Context) error {
	if r.try() {
		return nil
	}
	r.waiting.Add(1)
	defer r.waiting.Add(-1)
	for !r.take() {
		select {
		case <-r.open:
		case <-ctx.Done():
			r.tell() // the wake-up may have been for another call
			return ctx.Err()
		}
	}
	r.tell()
	return nil
}

// release gives back a place that try or acquire took.
func (r *room) release() {
	if r.open != nil {
		r.free.Add(1)
		r.tell()
	}
}

// tell wakes a call that waits if a place is free.
func (r *room) tell() {
	if r.waiting.Load() > 0 && r.free.Load() > 0 {
		select {
		case r.open <- struct{}{}:
		default:
		}
	}
}
