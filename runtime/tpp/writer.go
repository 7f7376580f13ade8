package tpp

import (
	"net"
	goruntime "runtime"
	"sync"
	"time"
)

// A writer sends frames on a connection for many goroutines. Of those that
// send at the same time one writes for all: it appends its frame, lets the
// others run once, and then writes what everybody has appended meanwhile.
type writer struct {
	conn  net.Conn
	limit time.Duration // for one write; 0 is without end

	mu    sync.Mutex
	queue *buffer       // frames that nobody has begun to write; nil if there are none
	busy  bool          // somebody writes, and is going to look at queue again
	room  chan struct{} // closed when queue has room again; nil unless somebody waits
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
// likely to send now, and it's no use waiting. Frame may be used again after
// send has returned.
func (w *writer) send(frame []byte, alone bool) error {
	w.mu.Lock()
	for w.err == nil && w.busy && w.queue != nil && len(w.queue.b) >= maxQueue {
		if w.room == nil {
			w.room = make(chan struct{})
		}
		room := w.room
		w.mu.Unlock()
		<-room
		w.mu.Lock()
	}
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
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
	w.flush()
	w.busy = false
	return w.err
}

// append adds frame to the queue; w.mu is held.
func (w *writer) append(frame []byte) {
	if w.queue == nil {
		w.queue = newBuffer()
	}
	w.queue.b = append(w.queue.b, frame...)
}

// flush writes the queue until it stays empty; w.mu is held, except while it
// writes.
func (w *writer) flush() {
	for w.queue != nil && w.err == nil {
		q := w.queue
		w.queue = nil
		w.write(q.b)
		q.free()
	}
	if w.err != nil {
		w.queue.free()
		w.queue = nil
		w.wake()
	}
}

// wake lets those go on who wait for room; w.mu is held.
func (w *writer) wake() {
	if w.room != nil {
		close(w.room)
		w.room = nil
	}
}

// write writes p; w.mu is held, except while it does.
func (w *writer) write(p []byte) {
	w.wake()
	w.mu.Unlock()
	if w.limit > 0 {
		w.conn.SetWriteDeadline(time.Now().Add(w.limit))
	}
	_, err := w.conn.Write(p)
	w.mu.Lock()
	if err != nil && w.err == nil {
		w.err = err
	}
}

// failed returns why nothing can be written any more; nil if all is well.
func (w *writer) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}
