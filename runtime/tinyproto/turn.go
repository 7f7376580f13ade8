package tinyproto

import (
	"context"
	"slices"
	"sync"
)

// A turn is the right to use a connection. Goroutines get it in the order in which they ask
// for it, so receivers and senders both get theirs.
type turn struct {
	mu    sync.Mutex
	held  bool
	queue []chan struct{} // one for each waiting goroutine, closed when it gets the turn
	idle  bool            // the holder gives it up if another goroutine waits
	wake  func()          // makes an idle holder stop waiting
	over  bool            // rest is no longer possible
}

// take waits for the turn.
func (t *turn) take(ctx context.Context) error {
	t.mu.Lock()
	if !t.held {
		t.held = true
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	t.queue = append(t.queue, mine)
	if t.idle {
		t.wake()
	}
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	i := slices.Index(t.queue, mine)
	if i >= 0 {
		t.queue = slices.Delete(t.queue, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 { // the turn arrived at the same moment
		t.give()
	}
	return ctx.Err()
}

// give passes the turn on.
func (t *turn) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		t.held = false
		return
	}
	close(t.queue[0])
	t.queue = slices.Delete(t.queue, 0, 1)
}

// rest marks the holder as idle and calls arm; then the holder waits. It isn't ok, and
// doesn't call arm, if another goroutine waits for the turn, or if rest is no longer
// possible, which over reports.
func (t *turn) rest(arm func()) (ok, over bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) > 0 || t.over {
		return false, t.over
	}
	arm()
	t.idle = true
	return true, false
}

// end makes rest impossible from now on, and wakes an idle holder.
func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.idle {
		t.wake()
	}
}

// stir wakes an idle holder.
func (t *turn) stir() {
	t.mu.Lock()
	t.idle = false
	t.mu.Unlock()
}
