package socketproto

import "sync"

// A buffer holds a frame or the data of a message, and goes back to where it
// came from after use.
type buffer struct{ b []byte }

// maxPooled bounds the buffers that are kept for reuse.
const maxPooled = 256 << 10

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 2048)} }}

func newBuffer() *buffer {
	b := buffers.Get().(*buffer)
	b.b = b.b[:0]
	return b
}

// free gives b back. Nobody uses its bytes any more.
func (b *buffer) free() {
	if b != nil && cap(b.b) <= maxPooled {
		buffers.Put(b)
	}
}
