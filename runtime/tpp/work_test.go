package tpp

import (
	"context"
	"fmt"
	"io"
	goruntime "runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

var actionBusy = runtime.Action{Name: "busy"}

// busy adds an action to a server that blocks in f, whatever its context says.
func busy(f func()) func(s *runtime.Server) {
	return func(s *runtime.Server) {
		s.Handler.(*runtime.Mux).Handle(&actionBusy, stub.Unary(&actionBusy, func(_ context.Context, req *Number) (*Number, error) {
			f()
			return req, nil
		}))
	}
}

// A lone call that takes long keeps others waiting for two turns at most. After it, slow
// calls keep no other call waiting.
func TestSession_busyReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{}, busy(func() { time.Sleep(time.Hour) }))
		c := s.dial(t)
		defer c.Close()
		f := frameReader{src: c, limit: 1 << 20}
		for round, longest := range []time.Duration{2 * turn, 0, 0} {
			began := time.Now()
			io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"busy","token":"s3cret","body":{"n":1}}`, 100+round)))
			synctest.Wait()
			io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"double","token":"s3cret","body":{"n":21}}`, round+1)))
			if got, want := read(t, &f), fmt.Sprintf(`{"id":%d,"code":0,"body":{"double":{"n":42}}}`, round+1); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if took := time.Since(began); took > longest {
				t.Errorf("round %d: it took %v, want at most %v", round, took, longest)
			}
		}
		for range 3 {
			if got, want := read(t, &f), `"body":{"busy":{"n":1}}}`; len(got) < len(want) || got[len(got)-len(want):] != want {
				t.Errorf("%s, want …%s", got, want)
			}
		}
	})
}

// When the handler of a lone call waits for the end of its context, another worker reads at
// once, and so the call can be cancelled.
func TestSession_readerIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		c := s.dial(t)
		defer c.Close()
		f := frameReader{src: c, limit: 1 << 20}
		began := time.Now()
		io.WriteString(c, framed(`{"id":1,"action":"wait","token":"s3cret","body":{"n":60}}`))
		synctest.Wait()
		io.WriteString(c, framed(`{"id":1,"cancel":true}`))
		if got, want := read(t, &f), `{"id":1,"code":1,"body":{"error":"context canceled"},"reason":"canceled"}`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// A handler that ends its goroutine ends its own call only.
func TestSession_readerIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{}, busy(goruntime.Goexit))
		c := s.dial(t)
		defer c.Close()
		f := frameReader{src: c, limit: 1 << 20}
		for range 3 {
			for _, tt := range []struct{ request, answer string }{
				{`{"id":1,"action":"busy","token":"s3cret","body":{"n":1}}`, `{"id":1,"code":1,"body":{"error":"internal error"},"reason":"internal"}`},
				{`{"id":2,"action":"double","token":"s3cret","body":{"n":21}}`, `{"id":2,"code":0,"body":{"double":{"n":42}}}`},
			} {
				io.WriteString(c, framed(tt.request))
				if got := read(t, &f); got != tt.answer {
					t.Errorf("%s, want %s", got, tt.answer)
				}
			}
		}
	})
}

// Of calls that come together, none waits for another, whichever of them are slow, and calls
// that come later don't wait either.
func TestSession_busyAmongOthers(t *testing.T) {
	const n = 5
	for busyOnes := range 1 << n {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, runtime.Limits{}, busy(func() { time.Sleep(time.Hour) }))
			c := s.dial(t)
			defer c.Close()
			f := frameReader{src: c, limit: 1 << 20}
			began := time.Now()
			var all string
			quick := 0
			for id := range n {
				action := "double"
				if busyOnes>>id&1 != 0 {
					action = "busy"
				} else {
					quick++
				}
				all += framed(fmt.Sprintf(`{"id":%d,"action":%q,"token":"s3cret","body":{"n":%d}}`, id+1, action, id))
			}
			io.WriteString(c, all)
			for range quick {
				if got := read(t, &f); !strings.Contains(got, `"double":`) {
					t.Errorf("%05b: %s", busyOnes, got)
				}
			}
			io.WriteString(c, framed(`{"id":9,"action":"double","token":"s3cret","body":{"n":21}}`))
			if got, want := read(t, &f), `{"id":9,"code":0,"body":{"double":{"n":42}}}`; got != want {
				t.Errorf("%05b: %s, want %s", busyOnes, got, want)
			}
			// A lone call may have had its turn.
			if took := time.Since(began); took > 2*turn {
				t.Errorf("%05b: it took %v", busyOnes, took)
			}
			for range n - quick {
				if got := read(t, &f); !strings.Contains(got, `"busy":`) {
					t.Errorf("%05b: %s", busyOnes, got)
				}
			}
		})
	}
}

// An answer isn't held while a slow call is performed.
func TestSession_answersAreSentInBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := serve(t, runtime.Limits{}, busy(func() { <-release }))
		c := s.dial(t)
		defer c.Close()
		f := frameReader{src: c, limit: 1 << 20}
		for id := 1; id < 100; id += 3 {
			io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"double","token":"s3cret","body":{"n":1}}`, id))+
				framed(fmt.Sprintf(`{"id":%d,"action":"busy","token":"s3cret","body":{"n":1}}`, id+1)))
			if got, want := read(t, &f), fmt.Sprintf(`{"id":%d,"code":0,"body":{"double":{"n":2}}}`, id); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		close(release)
		for id := 1; id < 100; id += 3 {
			read(t, &f)
		}
	})
}
