package tpp

import (
	"context"
	"sync"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// This file has the server's side of uploads. The peer sends items only as far as the
// server has granted, so all of them can be read as they come: an upload that isn't read
// holds up neither other calls nor the news that the peer has left.

// window is how many bytes of items a peer may send ahead of the handler. The last item
// may go beyond it.
const window = 256 << 10

// An upload holds the items of a call that have come and that its handler hasn't read.
type upload struct {
	call *call
	news chan struct{} // has a value when something has changed

	mu     sync.Mutex
	came   itemList // what the handler hasn't taken
	credit int      // what the peer may still send
	ended  bool     // the last item has come
	err    error    // why no more items are taken; nil if they are
}

// An itemList is a list of items in one piece of memory.
type itemList struct {
	text  []byte
	sizes []int // of the items' frames and texts, in turns
}

func (l *itemList) add(frame int, item []byte) {
	l.text = append(l.text, item...)
	l.sizes = append(l.sizes, frame, len(item))
}

// empty removes the items. It keeps room for a window and what goes beyond it.
func (l *itemList) empty() {
	if cap(l.text) > 2*window {
		l.text = nil
	}
	l.text, l.sizes = l.text[:0], l.sizes[:0]
}

func newUpload(c *call) *upload { return &upload{call: c, news: make(chan struct{}, 1)} }

// all yields the items; it is Request.Upload. The peer is asked for the first one when the
// handler asks for it.
func (u *upload) all(yield func(runtime.Message, error) bool) {
	ctx := u.call.Context()
	u.grant(window)
	var taken itemList
	var item runtime.Raw
	read := 0 // since the last grant
	for {
		if err := u.take(ctx, &taken); err != nil {
			yield(nil, err)
			return
		}
		if len(taken.sizes) == 0 {
			return
		}
		text := taken.text
		for i := 0; i < len(taken.sizes); i += 2 {
			n := taken.sizes[i+1]
			item = text[:n:n]
			text = text[n:]
			if !yield(&item, nil) {
				return
			}
			if read += taken.sizes[i]; read >= window/2 {
				u.grant(read)
				read = 0
			}
		}
	}
}

// take waits for items, and replaces those in l by all that have come. There are none at
// the end.
func (u *upload) take(ctx context.Context, l *itemList) error {
	l.empty()
	for {
		u.mu.Lock()
		if len(u.came.sizes) > 0 || u.err != nil || u.ended {
			defer u.mu.Unlock()
			if len(u.came.sizes) == 0 {
				return u.err
			}
			*l, u.came = u.came, *l
			return nil
		}
		u.mu.Unlock()
		select {
		case <-u.news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// grant lets the peer send n more bytes.
func (u *upload) grant(n int) {
	u.mu.Lock()
	u.credit += n
	ended := u.ended
	u.mu.Unlock()
	if ended {
		return
	}
	b := newBuffer()
	b.b = envelope.AppendGrant(beginFrame(b.b), u.call.id, n)
	u.call.sent(u.call.session.out.postAnyway(b))
}

// add adds what has come in a frame of size bytes: an item, or the end. It copies the item.
func (u *upload) add(size int, req *request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.err != nil || u.ended:
		return
	case req.Item == nil:
	case u.credit <= 0:
		u.err = runtime.OverLimit.Errorf("more items were sent than granted")
	default:
		u.credit -= size
		u.came.add(size, req.Item)
	}
	u.ended = u.ended || req.Ends
	select {
	case u.news <- struct{}{}:
	default:
	}
}

// close frees what wasn't read. What still comes is thrown away.
func (u *upload) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.came = itemList{}
	if u.err == nil {
		u.err = errOver
	}
}

// errOver is the error of an upload that is read after its call has ended.
var errOver = runtime.Canceled.Errorf("the call is over")

// uploaded passes on what has come of the upload of a call, and returns that upload. It is
// nil if the call has ended already, since the peer may not know that yet.
func (s *session) uploaded(frame *buffer, req *request) (u *upload) {
	s.update(func(st *sessionState) {
		if c := st.calls[req.ID]; c != nil {
			u = c.upload
		}
	})
	if u != nil {
		u.add(len(frame.b), req)
	}
	frame.free()
	return u
}
