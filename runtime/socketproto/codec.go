package socketproto

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A Codec is a layout of bytes: it turns messages into frames and back. JSON
// and Struct are the two that there are; another one is another type with these
// methods.
type Codec interface {
	// Append appends the frame of m to dst. It fails if the data isn't JSON.
	Append(dst []byte, m Message) ([]byte, error)

	// Scan returns the length of the frame that p begins with, and 0 if there
	// is more of it to come. It has seen the first bytes of p before, seen of
	// them, without finding the end.
	Scan(p []byte, seen int) int

	// Parse reads a whole frame. The message keeps nothing of it. If the
	// checksum is wrong, the error is ErrChecksum, and the message is what the
	// frame seems to say; a service of Any if it doesn't make sense.
	Parse(frame []byte) (Message, error)
}

// ErrChecksum is the error of a frame that was changed on its way.
var ErrChecksum = errors.New("wrong checksum")

// castagnoli is the polynomial of the checksums, and of default data ids.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A frameReader reads frames. It grows with what has come, never with what is
// announced.
type frameReader struct {
	src   io.Reader
	codec Codec
	limit int // for the bytes of one frame

	// waits, if not nil, is called before each read with whether a frame has
	// begun.
	waits func(begun bool)

	buf  []byte
	i, n int // buf[i:n] was read and not yet returned
}

const smallest = 4 << 10

// next returns the next frame, which is valid until the next call. It returns
// io.EOF only when the stream ends between frames; a frame cut short is
// io.ErrUnexpectedEOF.
func (r *frameReader) next() ([]byte, error) {
	seen := 0
	for {
		if p := r.buf[r.i:r.n]; len(p) > seen {
			n := r.codec.Scan(p, seen)
			if n > 0 && n <= r.limit {
				r.i += n
				return p[:n], nil
			}
			if n > r.limit || len(p) > r.limit {
				return nil, fmt.Errorf("the frame is larger than %d bytes", r.limit)
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

// fill reads more.
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

// forget gives the buffer away.
func (r *frameReader) forget() { r.buf, r.i, r.n = nil, 0, 0 }
