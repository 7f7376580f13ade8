package tpp

import (
	"context"
	"errors"
	"net"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime/transport"
)

// A writer sends frames on a connection for many goroutines. One goroutine at a time
// writes: it appends its frame to the queue, lets the others run once, and then writes
// what all of them have appended.
type writer struct {
	conn   net.Conn
	start  func()          // runs writePosted in another goroutine; nil if nothing is posted
	limit  time.Duration   // for one write, at least; 0 is no limit
	failed func(error)     // called once, when nothing can be written any more; may be nil
	wait   *sync.WaitGroup // for the goroutines that the writer starts; nil if it starts none
	server *transport.Conn // conn, at a server; nil at a client

	deadline time.Time // of conn, for writing; belongs to the goroutine that writes

	size  atomic.Int64 // of queue, in bytes
	again sync.Mutex   // held by the call that waits for room to encode its frame

	mu    sync.Mutex
	queue []chunk       // frames that wait to be written
	spare []chunk       // an empty queue
	busy  bool          // a goroutine writes, and will look at queue again
	room  chan struct{} // closed when queue is taken, and when busy ends; nil if no goroutine waits
	err   error         // why nothing can be written any more
}

// A chunk is a part of a queue: one large frame, or many small ones.
type chunk struct {
	*buffer
	from int // where the first frame begins
}

const (
	// maxQueue is how much may wait to be written before senders wait too.
	maxQueue = 256 << 10

	// maxPosted is the same for the items of streams. A peer that is slower than a
	// handler is always behind by that much, so it is what stays in a processor's cache.
	maxPosted = 64 << 10

	// maxNewQueue is the same for whatever a newcomer gets.
	maxNewQueue = 16 << 10

	// direct is the size from which on a frame is written without being copied to the
	// queue. Copying it would cost more than a write of its own.
	direct = 32 << 10
)

// errFull is why a frame that may not wait wasn't sent.
var errFull = errors.New("the queue is full")

// send writes frame, or leaves it to a goroutine that writes already: a nil error doesn't
// say that it was written. Alone says that no other goroutine is likely to send now, so
// send doesn't let others run first. If the queue is full, send waits, or returns errFull
// if wait is false. Frame may be used again when send has returned.
func (w *writer) send(frame []byte, alone, wait bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admit(maxQueue, wait); err != nil {
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
	w.writeQueue()
	return w.err
}

// hold is like send, but leaves frame in the queue: the caller must flush soon. If
// there is much in the queue, it's written at once.
func (w *writer) hold(frame []byte, alone, wait bool) error {
	if len(frame) >= direct {
		return w.send(frame, alone, wait)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admit(maxQueue, wait); err != nil {
		return err
	}
	w.append(frame)
	if !w.busy && w.size.Load() >= direct {
		w.busy = true
		w.writeQueue()
	}
	return w.err
}

// post is like send, but another goroutine writes. So frames that are posted while it writes
// are written together, and the last one is written when its sender does nothing more.
// Post frees b, which holds what was appended after beginFrame.
func (w *writer) post(b *buffer, wait bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admit(maxPosted, wait); err != nil {
		b.free()
		return err
	}
	w.postLocked(b)
	return nil
}

// postAnyway is like post, but doesn't wait for room: for what is small and rare.
func (w *writer) postAnyway(b *buffer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		b.free()
		return w.err
	}
	w.postLocked(b)
	return nil
}

// postLocked posts b; w.mu is held.
func (w *writer) postLocked(b *buffer) {
	frame := endFrame(b.b)
	if len(frame) >= direct {
		w.queue = append(w.queue, chunk{b, len(b.b) - len(frame)})
		w.size.Add(int64(len(frame)))
	} else {
		w.append(frame)
		b.free()
	}
	if !w.busy {
		w.busy = true
		w.start()
	}
}

// writePosted writes the queue after post.
func (w *writer) writePosted() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeQueue()
	return w.err
}

// flush writes what is in the queue, unless a goroutine writes already.
func (w *writer) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.busy {
		w.busy = true
		w.writeQueue()
	}
	return w.err
}

// finish returns when everything sent before has been written, or can't be.
func (w *writer) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.busy {
		w.awaitChange(context.Background())
	}
	w.busy = true
	w.writeQueue()
}

// promise makes others leave their frames in the queue; the caller calls keep soon, which
// writes them. It returns false if a goroutine writes already, or nothing can be written.
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

// writeSoon lets others run, which may append their frames, and then writes the queue.
func (w *writer) writeSoon() {
	defer w.wait.Done()
	goruntime.Gosched()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeQueue()
}

// end makes every later send return err.
func (w *writer) end(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
	if !w.busy {
		w.writeQueue()
	}
}

// sendSoon is like send, but another goroutine writes, so that a peer that doesn't read
// can't hold up the caller. It waits for room in the queue only, and until ctx ends.
func (w *writer) sendSoon(ctx context.Context, frame []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.await(ctx, maxQueue); err != nil {
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

// full reports whether the queue has most bytes or more, or what a newcomer may have.
func (w *writer) full(most int64) bool {
	n := w.size.Load()
	return n >= most || n >= maxNewQueue && w.server != nil && !w.server.Known()
}

// awaitRoom waits until the queue has less than most bytes, nothing can be written any
// more, or ctx ends.
func (w *writer) awaitRoom(ctx context.Context, most int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.await(ctx, most)
}

// admit returns nil when the queue has less than most bytes. Before that it waits, or
// returns errFull if wait is false. W.mu is held, except while it waits.
func (w *writer) admit(most int64, wait bool) error {
	if !wait && w.err == nil && w.full(most) {
		return errFull
	}
	return w.await(context.Background(), most)
}

// await returns nil when the queue has less than most bytes; w.mu is held, except while it
// waits.
func (w *writer) await(ctx context.Context, most int64) error {
	for w.err == nil && w.full(most) {
		if w.awaitChange(ctx); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return w.err
}

// awaitChange waits until the queue is taken, no goroutine writes, or ctx ends; w.mu is
// held, except while it waits.
func (w *writer) awaitChange(ctx context.Context) {
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
	last := len(w.queue) - 1
	if last < 0 || w.queue[last].buffer.from != &manyFrames {
		w.queue = append(w.queue, chunk{newQueue(), 0})
		last++
	}
	q := w.queue[last].buffer
	q.b = append(q.b, frame...)
	w.size.Add(int64(len(frame)))
}

// writeQueue writes the queue until it stays empty, and ends busy. W.mu is held, except
// while it writes.
func (w *writer) writeQueue() {
	for len(w.queue) > 0 && w.err == nil {
		q := w.queue
		w.queue, w.spare = w.spare, nil
		w.size.Store(0)
		for _, c := range q {
			if w.err == nil {
				w.write(c.b[c.from:])
			}
		}
		w.spare = freeChunks(q)
	}
	w.busy = false
	if w.err != nil {
		w.queue = freeChunks(w.queue)
		w.size.Store(0)
	}
	w.wake()
}

// freeChunks frees q, and returns it with no chunks.
func freeChunks(q []chunk) []chunk {
	for _, c := range q {
		c.free()
	}
	clear(q)
	return q[:0]
}

// write writes p; w.mu is held, except while it writes.
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

// extend gives the next write time: at least limit, and up to a quarter more. So most
// writes set no deadline, which would move a timer, and often wake a thread to look at it.
func (w *writer) extend() {
	if w.limit <= 0 {
		return
	}
	if now := time.Now(); w.deadline.Sub(now) < w.limit {
		w.deadline = now.Add(w.limit + w.limit/4)
		w.conn.SetWriteDeadline(w.deadline)
	}
}

// wake wakes every goroutine in awaitChange; w.mu is held.
func (w *writer) wake() {
	if w.room != nil {
		close(w.room)
		w.room = nil
	}
}
