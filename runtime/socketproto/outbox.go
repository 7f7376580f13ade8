package socketproto

import (
	"context"
	"io"
	"sync"
	"time"
)

// An outbox sends the frames of a connection: many goroutines put them in, and
// one writes what has gathered.
type outbox struct {
	dst   io.Writer
	limit time.Duration // for one write; 0 is without end
	late  func()        // called when a write takes longer

	mu    sync.Mutex
	queue *buffer       // frames that nobody has begun to write; nil if there are none
	work  chan struct{} // has a value when there is something to do
	room  chan struct{} // closed when queue has room again; nil unless somebody waits
	ended bool          // no more frames are wanted
	err   error         // why nothing can be written any more
}

// maxQueue is how much may wait to be written before senders wait too.
const maxQueue = 256 << 10

func newOutbox(dst io.Writer, limit time.Duration, late func()) *outbox {
	return &outbox{dst: dst, limit: limit, late: late, work: make(chan struct{}, 1)}
}

// send puts frame in, whose bytes may be used again afterwards. It waits while too
// much is waiting to be written, until ctx ends. A nil error doesn't say that
// it was written.
func (o *outbox) send(ctx context.Context, frame []byte) error {
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
	o.append(frame)
	return nil
}

// post puts in a small frame, for a caller that can't wait. If there is no room at all, it is
// forgotten.
func (o *outbox) post(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil && !o.ended && (o.queue == nil || len(o.queue.b) < 2*maxQueue) {
		o.append(frame)
	}
}

// append puts frame in; o.mu is held.
func (o *outbox) append(frame []byte) {
	if o.queue == nil {
		o.queue = newBuffer()
	}
	o.queue.b = append(o.queue.b, frame...)
	o.wake()
}

// run writes until there is nothing more to be written, or it can't.
func (o *outbox) run() error {
	var timer *time.Timer
	if o.limit > 0 {
		timer = time.AfterFunc(o.limit, o.late)
		timer.Stop()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.err == nil {
		q := o.queue
		o.queue = nil
		if o.room != nil {
			close(o.room)
			o.room = nil
		}
		switch {
		case q != nil:
			o.mu.Unlock()
			if timer != nil {
				timer.Reset(o.limit)
			}
			_, err := o.dst.Write(q.b)
			if timer != nil {
				timer.Stop()
			}
			q.free()
			o.mu.Lock()
			if err != nil && o.err == nil {
				o.err = err
			}
		case o.ended:
			return nil
		default:
			o.mu.Unlock()
			<-o.work
			o.mu.Lock()
		}
	}
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
	return o.err
}

// end makes run return, with err at once, or if that is nil when everything is
// written.
func (o *outbox) end(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	if o.err == nil {
		o.err = err
	}
	o.wake()
}

// wake makes run look; o.mu is held.
func (o *outbox) wake() {
	select {
	case o.work <- struct{}{}:
	default:
	}
}
