package transport

import (
	"context"
	"sync"
	"time"
)

// A Task is something to do in another goroutine; see Conn.Go.
type Task interface{ Run(ctx context.Context) }

// workers are goroutines that stay for the next task for a while. The zero value
// has none.
type workers struct {
	wait sync.WaitGroup
	mu   sync.Mutex
	idle []*worker // who worked last is last, and works next
	low  int       // the fewest idle ones since the timer ran last: so many weren't needed
	rest *time.Timer
	runs bool // rest does
	over bool // nobody stays any more
}

type worker struct{ next chan job }

// A job is a task for a worker; one without a task sends it home.
type job struct {
	ctx  context.Context
	task Task
}

const (
	maxIdle = 1024            // workers that stay
	unused  = 5 * time.Second // how long those stay at least that aren't needed; twice that at most
)

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

// work does one job after the other.
func (w *workers) work(j job) {
	self := &worker{next: make(chan job, 1)}
	for j.task != nil {
		j.task.Run(j.ctx)
		j = job{} // nothing of it is kept
		if !w.stay(self) {
			return
		}
		j = <-self.next
	}
}

// stay makes a worker one of those that are idle; it reports false if there are
// enough.
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

// dismiss sends home those who weren't needed since the last time.
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

// send sends home the n who have been idle for longest; w.mu is held.
func (w *workers) send(n int) {
	for _, hand := range w.idle[:n] {
		hand.next <- job{}
	}
	rest := copy(w.idle, w.idle[n:])
	clear(w.idle[rest:])
	w.idle = w.idle[:rest]
}

// end sends everybody home, and waits for that.
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
