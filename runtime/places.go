package runtime

import (
	"context"
	"sync/atomic"
)

// places bounds how many of something there are at once. A nil places has no bound.
// It serves any number of goroutines.
type places struct {
	free    atomic.Int64
	waiting atomic.Int64
	room    chan struct{} // gets a value when a place is free and somebody waits
}

// newPlaces returns n places; nil if n is unlimited.
func newPlaces(n int) *places {
	if n == unlimited {
		return nil
	}
	p := &places{room: make(chan struct{}, 1)}
	p.free.Store(int64(n))
	return p
}

// try takes a place if there is one that nobody waits for.
func (p *places) try() bool { return p == nil || p.waiting.Load() == 0 && p.take() }

func (p *places) take() bool {
	for {
		n := p.free.Load()
		if n <= 0 {
			return false
		}
		if p.free.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

// acquire takes a place; it waits for one until ctx ends.
func (p *places) acquire(ctx context.Context) error {
	if p.try() {
		return nil
	}
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	for !p.take() {
		select {
		case <-p.room:
		case <-ctx.Done():
			p.tell() // what was told to this one may have been for another
			return ctx.Err()
		}
	}
	p.tell()
	return nil
}

// release gives back a place that try or acquire took.
func (p *places) release() {
	if p != nil {
		p.free.Add(1)
		p.tell()
	}
}

// tell wakes one of those who wait if there's a place.
func (p *places) tell() {
	if p.waiting.Load() > 0 && p.free.Load() > 0 {
		select {
		case p.room <- struct{}{}:
		default:
		}
	}
}
