package tinyproto

import (
	"context"
	"slices"
	"sync"
)

// A turn is the right to use a connection. It is given in the order in which
// it was asked for, so those who wait for messages and those who send them
// both get theirs.
type turn struct {
	mu    sync.Mutex
	held  bool
	queue []chan struct{} // closed when the turn is theirs
	idle  bool            // the holder would rather give it up than keep anybody waiting
	wake  func()          // makes an idle holder stop what it does
	over  bool            // nobody is to rest any more
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
	if i < 0 { // it came at the same moment
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

// rest says that the holder is going to wait, after arm was called. It reports
// false, and doesn't call arm, if somebody is waiting for the turn; over tells
// that there is to be no rest.
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

// end makes rest impossible from now on, and ends one.
func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.idle {
		t.wake()
	}
}

// stir ends rest.
func (t *turn) stir() {
	t.mu.Lock()
	t.idle = false
	t.mu.Unlock()
}
