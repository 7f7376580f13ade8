package tpp

import (
	"fmt"
	"iter"
	"runtime/debug"
	"sync"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// An uploader is the client's side of the upload of a call. Its own goroutine runs the
// iterator that yields the items, because the goroutine of the call reads the responses.
// If the call ends first, the iterator ends when it yields next. The call doesn't wait for
// that: the iterator may wait for what only happens after the call.
type uploader struct {
	conn   *conn
	action string
	items  iter.Seq2[runtime.Message, error]

	mu     sync.Mutex
	credit int           // how many bytes of items may be sent
	more   chan struct{} // closed when credit has grown or over is set; nil if nothing waits
	over   bool          // the call has ended
	err    error         // why the upload failed; nil if it hasn't
	panic  any           // what the iterator panicked with
}

// errNoUploads is why a call with an upload fails on a peer of classic mode.
var errNoUploads = runtime.Unimplemented.Errorf("the peer speaks classic mode, which has no uploads")

func newUploader(cn *conn, req *runtime.Request) *uploader {
	return &uploader{conn: cn, action: req.Action, items: req.Upload}
}

// run sends the items. It begins when the peer has granted something.
func (s *uploader) run() {
	defer func() {
		if p := recover(); p != nil {
			s.fail(nil, fmt.Sprintf("%v\n\n%s", p, debug.Stack()))
		}
	}()
	if !s.await() {
		return
	}
	for item, err := range s.items {
		goesOn := false
		if err == nil {
			goesOn, err = s.send(item)
		}
		if err != nil {
			s.fail(err, nil)
			return
		}
		if !goesOn {
			return
		}
	}
	b := newBuffer()
	b.b = envelope.AppendItemsEnd(beginFrame(b.b), loneID)
	s.post(b, 0)
}

// send sends an item as soon as the peer has granted something. It reports false if the call
// has ended. It returns an error if the item can't be encoded; what goes wrong with the
// connection is seen by who reads from it.
func (s *uploader) send(item runtime.Message) (goesOn bool, err error) {
	if !s.await() {
		return false, nil
	}
	b := newBuffer()
	if b.b, err = envelope.AppendItem(beginFrame(b.b), loneID, s.action, item); err != nil {
		b.free()
		return false, err
	}
	return s.post(b, len(b.b)-frameGap), nil
}

// post sends a frame that takes credit. If the call has ended, it sends nothing and reports
// false: another call may use the connection.
func (s *uploader) post(b *buffer, credit int) (goesOn bool) {
	if out := &s.conn.out; out.full(maxPosted) {
		out.awaitRoom(s.conn.end.life, maxPosted)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		b.free()
		return false
	}
	s.credit -= credit
	s.conn.out.postAnyway(b)
	return true
}

// await waits until the peer has granted something. It reports false if the call has ended.
func (s *uploader) await() bool {
	for {
		s.mu.Lock()
		if s.over || s.credit > 0 {
			over := s.over
			s.mu.Unlock()
			return !over
		}
		if s.more == nil {
			s.more = make(chan struct{})
		}
		more := s.more
		s.mu.Unlock()
		<-more
	}
}

// granted adds n to what may be sent.
func (s *uploader) granted(n int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.credit += n
	s.wake()
}

// fail ends the call, because the upload has failed: with err, or with a panic.
func (s *uploader) fail(err error, panicked any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.err, s.panic, s.over = err, panicked, true
	s.conn.SetReadDeadline(longAgo)
}

// failed returns why the upload has failed; nil if it hasn't. If its iterator panicked, it
// panics.
func (s *uploader) failed() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panic != nil {
		panic(s.panic)
	}
	return s.err
}

// stop says that the call has ended. It reports whether the upload had failed before.
func (s *uploader) stop() (failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.wake()
	return s.err != nil || s.panic != nil
}

// wake wakes await; s.mu is held.
func (s *uploader) wake() {
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
}
