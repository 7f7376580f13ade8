package socketproto

import (
	"io"

	"github.com/tpp-rpc/tpp/runtime"
)

// A frameReader reads frames. Its buffer grows as bytes arrive.
type frameReader struct {
	src     io.Reader
	framing Framing
	limit   int // for the bytes of one frame

	// waits, if not nil, is called before each read. begun says whether a frame has
	// begun.
	waits func(begun bool)

	buf  []byte
	i, n int // buf[i:n] was read and not yet returned
}

const smallest = 4 << 10

// next returns the next frame, or bytes that can't be one, as Framing.Scan says. They are
// valid until the next call. It returns io.EOF only if the stream ends between frames; a
// frame cut short is io.ErrUnexpectedEOF.
func (r *frameReader) next() ([]byte, error) {
	seen := 0
	for {
		if p := r.buf[r.i:r.n]; len(p) > seen {
			n := r.framing.Scan(p, seen)
			if n > 0 && n <= r.limit {
				r.i += n
				return p[:n], nil
			}
			if n > r.limit || len(p) > r.limit {
				return nil, runtime.OverLimit.Errorf("the frame is larger than %d bytes", r.limit)
			}
			seen = len(p)
		}
		if err := r.fill(); err != nil {
			if err == io.EOF && seen > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// fill reads more bytes.
func (r *frameReader) fill() error {
	if r.i == r.n {
		r.i, r.n = 0, 0
		if len(r.buf) > maxPooled {
			r.buf = nil
		}
	}
	if r.waits != nil {
		r.waits(r.n > r.i)
	}
	if r.n == len(r.buf) {
		buf := r.buf
		if r.n-r.i > len(buf)/2 || len(buf) == 0 {
			buf = make([]byte, max(2*len(buf), smallest))
		}
		r.n = copy(buf, r.buf[r.i:r.n])
		r.i, r.buf = 0, buf
	}
	for range 100 {
		n, err := r.src.Read(r.buf[r.n:])
		r.n += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// forget drops the buffer.
func (r *frameReader) forget() { r.buf, r.i, r.n = nil, 0, 0 }
