package transport

import (
	"context"
	goruntime "runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type task func()

func (t task) Run(context.Context) { t() }

func TestWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w workers
		idle := func() int {
			w.mu.Lock()
			defer w.mu.Unlock()
			return len(w.idle)
		}
		// together runs n tasks that take a second.
		together := func(n int) {
			var wg sync.WaitGroup
			for range n {
				wg.Add(1)
				w.do(t.Context(), task(func() { defer wg.Done(); time.Sleep(time.Second) }))
			}
			wg.Wait()
			synctest.Wait()
		}
		together(maxIdle + 10)
		if n := idle(); n != maxIdle {
			t.Errorf("%d stay", n)
		}
		for range 20 {
			together(3)
		}
		if n := idle(); n != 3 {
			t.Errorf("%d of 3 that are needed stay", n)
		}
		w.do(t.Context(), task(goruntime.Goexit))
		synctest.Wait()
		if n := idle(); n != 2 {
			t.Errorf("%d stay of 3, one of which has ended", n)
		}
		time.Sleep(3 * unused)
		if n := idle(); n != 0 {
			t.Errorf("%d stay for nothing", n)
		}
		together(5)
		time.Sleep(unused) // from here on, 5 may be sent home
		w.end()
		w.dismiss() // the timer may just have run
		if n := idle(); n != 0 {
			t.Errorf("%d stay after the end", n)
		}
	})
}
