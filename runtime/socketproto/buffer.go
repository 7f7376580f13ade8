package socketproto

import "sync"

// A buffer holds a frame or the data of a message. free returns it to its pool.
type buffer struct{ b []byte }

// maxPooled limits the size of buffers that are kept for reuse.
const maxPooled = 256 << 10

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 2048)} }}

func newBuffer() *buffer {
	b := buffers.Get().(*buffer)
	b.b = b.b[:0]
	return b
}

// free returns b to its pool. Its bytes must not be used any more.
func (b *buffer) free() {
	if b != nil && cap(b.b) <= maxPooled {
		buffers.Put(b)
	}
}
