package socketproto

import (
	"context"
	"io"
	goruntime "runtime"
	"sync"
	"time"
)

// An outbox writes the frames of a connection for many goroutines. If several send at once,
// one of them writes for all: it adds its frame, lets the others run once, and then writes
// all frames that were added meanwhile.
type outbox struct {
	dst   io.WriteCloser
	limit time.Duration   // for one write; 0 means no limit
	late  *time.Timer     // runs while one is under way
	fail  func(err error) // called when writing has failed

	wait  sync.WaitGroup // for goroutines that write
	mu    sync.Mutex
	queue *buffer       // frames that aren't being written yet; nil if there are none
	busy  bool          // a goroutine writes, and will look at queue again
	room  chan struct{} // closed when queue has room again; nil if no goroutine waits
	ended bool          // further frames are refused, and dst is closed when all are written
	err   error         // why writing failed
}

// maxQueue is how many bytes may be queued before senders wait.
const maxQueue = 256 << 10

func newOutbox(dst io.WriteCloser, limit time.Duration, fail func(err error)) *outbox {
	o := &outbox{dst: dst, limit: limit, fail: fail}
	if limit > 0 {
		o.late = time.AfterFunc(limit, func() {
			fail(errWriteLate)
			dst.Close()
		})
		o.late.Stop()
	}
	return o
}

// send writes frame, or queues it for a goroutine that is writing. So a nil error doesn't
// mean that it was written. It waits while the queue is full, until ctx ends. It doesn't
// keep frame.
func (o *outbox) send(ctx context.Context, frame []byte) error { return o.put(ctx, frame, false) }

// sendSoon is send for the goroutine that reads from the peer. Another goroutine writes, so
// a peer that doesn't read can't stop the reading here.
func (o *outbox) sendSoon(ctx context.Context, frame []byte) error { return o.put(ctx, frame, true) }

func (o *outbox) put(ctx context.Context, frame []byte, soon bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.err == nil && !o.ended && o.queue != nil && len(o.queue.b) >= maxQueue {
		if o.room == nil {
			o.room = make(chan struct{})
		}
		room := o.room
		o.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
		o.mu.Lock()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	switch {
	case o.err != nil:
		return o.err
	case o.ended:
		return io.ErrClosedPipe
	}
	o.add(frame)
	if o.busy {
		return nil
	}
	o.busy = true
	if soon {
		o.flushSoon()
		return nil
	}
	o.mu.Unlock()
	goruntime.Gosched()
	o.mu.Lock()
	o.flush()
	return o.err
}

// post queues a small frame without waiting. If there is no room, it drops the frame.
func (o *outbox) post(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil || o.ended || o.queue != nil && len(o.queue.b) >= 2*maxQueue {
		return
	}
	o.add(frame)
	if !o.busy {
		o.busy = true
		o.flushSoon()
	}
}

// flushSoon starts a goroutine that flushes; o.mu is held.
func (o *outbox) flushSoon() {
	o.wait.Go(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.flush()
	})
}

// add adds frame to the queue; o.mu is held.
func (o *outbox) add(frame []byte) {
	if o.queue == nil {
		o.queue = newBuffer()
	}
	o.queue.b = append(o.queue.b, frame...)
}

// flush writes the queue until it is empty, and then clears busy; o.mu is held, except
// while it writes.
func (o *outbox) flush() {
	for o.queue != nil && o.err == nil {
		q := o.queue
		o.queue = nil
		o.wake()
		o.mu.Unlock()
		if o.late != nil {
			o.late.Reset(o.limit)
		}
		_, err := o.dst.Write(q.b)
		if o.late != nil {
			o.late.Stop()
		}
		q.free()
		if err != nil {
			o.fail(err)
		}
		o.mu.Lock()
		if o.err == nil {
			o.err = err
		}
	}
	o.busy = false
	if o.err != nil {
		o.queue.free()
		o.queue = nil
	}
	o.wake()
	if o.ended {
		o.mu.Unlock()
		o.dst.Close()
		o.mu.Lock()
	}
}

// end refuses further frames and closes dst: at once if err isn't nil, otherwise when all
// frames are written.
func (o *outbox) end(err error) {
	o.mu.Lock()
	o.ended = true
	if o.err == nil {
		o.err = err
	}
	o.wake()
	now := err != nil || !o.busy
	o.mu.Unlock()
	if now {
		o.dst.Close()
	}
}

// wake wakes the goroutines that wait for room; o.mu is held.
func (o *outbox) wake() {
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}
