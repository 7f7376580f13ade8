package transport

import (
	"context"
	"sync"
	"time"
)

// A Task is work for another goroutine; see Conn.Go. Run must not panic.
type Task interface{ Run(ctx context.Context) }

// workers is a pool of goroutines: each waits for another task for a while after it has
// finished one. The zero value has none. It is safe for concurrent use.
type workers struct {
	wait sync.WaitGroup
	mu   sync.Mutex
	idle []*worker   // the last to become idle is last, and gets the next task
	low  int         // the fewest idle ones since dismiss ran last: that many weren't needed
	rest *time.Timer // runs dismiss
	runs bool        // rest is set
	over bool        // end was called: a worker ends after its task
}

type worker struct{ next chan job }

// A job is a task for a worker; one without a task ends the worker.
type job struct {
	ctx  context.Context
	task Task
}

const (
	maxIdle = 1024            // idle workers
	unused  = 5 * time.Second // how long an unneeded worker waits at least; at most twice that
)

// do runs t in an idle worker, or in a new one.
func (w *workers) do(ctx context.Context, t Task) {
	j := job{ctx, t}
	w.mu.Lock()
	n := len(w.idle) - 1
	if n < 0 {
		w.mu.Unlock()
		w.wait.Go(func() { w.work(j) })
		return
	}
	hand := w.idle[n]
	w.idle[n] = nil
	w.idle = w.idle[:n]
	w.low = min(w.low, n)
	w.mu.Unlock()
	hand.next <- j
}

// work does one job after another.
func (w *workers) work(j job) {
	self := &worker{next: make(chan job, 1)}
	for j.task != nil {
		j.task.Run(j.ctx)
		j = job{} // keep nothing of it alive
		if !w.stay(self) {
			return
		}
		j = <-self.next
	}
}

// stay adds a worker to the idle ones; it reports false if there are enough, or none are
// wanted any more.
func (w *workers) stay(self *worker) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || len(w.idle) >= maxIdle {
		return false
	}
	w.idle = append(w.idle, self)
	switch {
	case w.runs:
	case w.rest == nil:
		w.rest = time.AfterFunc(unused, w.dismiss)
	default:
		w.rest.Reset(unused)
	}
	w.runs = true
	return true
}

// dismiss ends the workers that weren't needed since it ran last.
func (w *workers) dismiss() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return // the timer couldn't be stopped any more
	}
	w.send(w.low)
	w.low = len(w.idle)
	w.runs = w.low > 0
	if w.runs {
		w.rest.Reset(unused)
	}
}

// send ends the n workers that have been idle for longest; w.mu is held.
func (w *workers) send(n int) {
	for _, hand := range w.idle[:n] {
		hand.next <- job{}
	}
	rest := copy(w.idle, w.idle[n:])
	clear(w.idle[rest:])
	w.idle = w.idle[:rest]
}

// end ends all workers, and returns when they have.
func (w *workers) end() {
	w.mu.Lock()
	w.over = true
	w.send(len(w.idle))
	if w.rest != nil {
		w.rest.Stop()
	}
	w.mu.Unlock()
	w.wait.Wait()
}
