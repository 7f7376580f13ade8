package tpp

import (
	"context"
	"errors"
	"net"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A writer sends frames on a connection for many goroutines. Of those that
// send at the same time one writes for all: it appends its frame, lets the
// others run once, and then writes what everybody has appended meanwhile.
type writer struct {
	conn   net.Conn
	limit  time.Duration // for one write, at least; 0 is without end
	failed func(error)   // called, once, when nothing can be written any more; nil if nobody cares

	deadline time.Time // of conn, for writing; belongs to whoever writes

	full   atomic.Bool // queue has no room
	narrow sync.Mutex  // held by who waits for room, to encode a frame then

	wait  *sync.WaitGroup // for goroutines that write; nil if there are none
	mu    sync.Mutex
	queue *buffer       // frames that nobody has begun to write; nil if there are none
	busy  bool          // somebody writes, and is going to look at queue again
	room  chan struct{} // closed when queue has room again, and when nobody writes any more; nil unless somebody waits
	err   error         // why nothing can be written any more
}

const (
	// maxQueue is how much may wait to be written before senders wait too.
	maxQueue = 256 << 10

	// direct is from when on a frame is written from where it is: copying it
	// would cost more than a write of its own.
	direct = 32 << 10
)

// send writes frame, or leaves it to a goroutine that writes already; so a nil
// error doesn't say that it was written. Alone tells that nobody else is
// likely to send now, and it's no use letting them. If there's no room in the queue, it
// waits for that if wait, and else returns errFull. Frame may be used again after send
// has returned.
func (w *writer) send(frame []byte, alone, wait bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admit(wait); err != nil {
		return err
	}
	if w.busy {
		w.append(frame)
		return nil
	}
	w.busy = true
	if alone || len(frame) >= direct {
		w.write(frame)
	} else {
		w.append(frame)
		w.mu.Unlock()
		goruntime.Gosched()
		w.mu.Lock()
	}
	w.drain()
	return w.err
}

// errFull is why nothing was sent by who doesn't wait.
var errFull = errors.New("the queue is full")

// admit returns why nothing can be sent; w.mu is held, except while it waits.
func (w *writer) admit(wait bool) error {
	if !wait && w.err == nil && w.full.Load() {
		return errFull
	}
	return w.await(context.Background())
}

// hold is send that leaves frame to whoever writes next: a flush is to follow soon. If
// that would be much to write, it's written at once.
func (w *writer) hold(frame []byte, alone, wait bool) error {
	if len(frame) >= direct {
		return w.send(frame, alone, wait)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admit(wait); err != nil {
		return err
	}
	w.append(frame)
	if !w.busy && len(w.queue.b) >= direct {
		w.busy = true
		w.drain()
	}
	return w.err
}

// flush writes what is held, unless somebody writes already.
func (w *writer) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.busy {
		w.busy = true
		w.drain()
	}
	return w.err
}

// promise makes others leave their frames to a goroutine that writes them: who called it
// starts that soon, by keep. It reports false if somebody writes anyway, or can't any more.
func (w *writer) promise() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy || w.err != nil {
		return false
	}
	w.busy = true
	w.wait.Add(1) // now: nothing begins after end
	return true
}

// keep keeps a promise.
func (w *writer) keep() { go w.writeSoon() }

// writeSoon lets others run, who may append their frames, and writes.
func (w *writer) writeSoon() {
	defer w.wait.Done()
	goruntime.Gosched()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drain()
}

// end lets nothing more be sent, because of err.
func (w *writer) end(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
	if !w.busy {
		w.drain()
	}
}

// settle returns when all has been written, or can't be.
func (w *writer) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.busy {
		w.pause(context.Background())
	}
	w.busy = true
	w.drain()
}

// sendSoon is like send for a caller that must not be held up by a peer that
// doesn't read: another goroutine writes. It waits for nothing but room in the
// queue, and for that until ctx ends.
func (w *writer) sendSoon(ctx context.Context, frame []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.await(ctx); err != nil {
		return err
	}
	w.sendLater(frame)
	return nil
}

// sendAnyway is like sendSoon, but doesn't wait for room either.
func (w *writer) sendAnyway(frame []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.sendLater(frame)
	}
}

// sendLater leaves frame to another goroutine; w.mu is held.
func (w *writer) sendLater(frame []byte) {
	w.append(frame)
	if !w.busy {
		w.busy = true
		w.wait.Add(1)
		go w.writeSoon()
	}
}

// squeeze waits until there is room in the queue, and lets nobody else do so until
// release is called.
func (w *writer) squeeze() {
	w.narrow.Lock()
	w.relax(context.Background())
}

func (w *writer) release() { w.narrow.Unlock() }

// relax waits until there is room in the queue, or nothing is written any more.
func (w *writer) relax(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.await(ctx)
}

// await waits until there is room in the queue; w.mu is held, except while it
// waits.
func (w *writer) await(ctx context.Context) error {
	for w.err == nil && w.full.Load() {
		if w.pause(ctx); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return w.err
}

// pause waits until the queue is taken, or nobody writes any more; w.mu is held, except
// while it does.
func (w *writer) pause(ctx context.Context) {
	if w.room == nil {
		w.room = make(chan struct{})
	}
	room := w.room
	w.mu.Unlock()
	select {
	case <-room:
	case <-ctx.Done():
	}
	w.mu.Lock()
}

// append adds frame to the queue; w.mu is held.
func (w *writer) append(frame []byte) {
	if w.queue == nil {
		w.queue = newQueue()
	}
	w.queue.b = append(w.queue.b, frame...)
	w.full.Store(len(w.queue.b) >= maxQueue)
}

// drain writes the queue until it stays empty, and is no longer busy then; w.mu
// is held, except while it writes.
func (w *writer) drain() {
	for w.queue != nil && w.err == nil {
		q := w.queue
		w.queue = nil
		w.full.Store(false)
		w.write(q.b)
		q.free()
	}
	w.busy = false
	if w.err != nil {
		w.queue.free()
		w.queue = nil
		w.full.Store(false)
	}
	w.wake()
}

// write writes p; w.mu is held, except while it does.
func (w *writer) write(p []byte) {
	w.wake()
	w.mu.Unlock()
	w.extend()
	_, err := w.conn.Write(p)
	if err != nil && w.failed != nil {
		w.failed(err)
	}
	w.mu.Lock()
	if err != nil && w.err == nil {
		w.err = err
	}
}

// extend gives the next write time: limit at least, and up to a quarter more,
// so that it doesn't have to set a deadline each time. That would be a timer, and
// often a thread that is woken to look at it.
func (w *writer) extend() {
	if w.limit <= 0 {
		return
	}
	if now := time.Now(); w.deadline.Sub(now) < w.limit {
		w.deadline = now.Add(w.limit + w.limit/4)
		w.conn.SetWriteDeadline(w.deadline)
	}
}

// wake lets those go on who wait for room; w.mu is held.
func (w *writer) wake() {
	if w.room != nil {
		close(w.room)
		w.room = nil
	}
}
