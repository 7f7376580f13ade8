package socketproto

import (
	"errors"
	"hash/crc32"
	"io"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Codec is a layout of bytes: it converts messages to frames and back. This package has
// JSON and Struct; programs may add their own.
type Codec interface {
	// Append appends the frame of m to dst. It fails if the data isn't JSON.
	Append(dst []byte, m Message) ([]byte, error)

	// Scan returns the length of the frame at the beginning of p, or 0 if p ends
	// before the frame does. The first seen bytes of p don't have its end: an earlier
	// Scan returned 0 for them.
	Scan(p []byte, seen int) int

	// Parse parses a whole frame. The message doesn't refer to its bytes. If the
	// checksum is wrong, the error is ErrChecksum, and the message is what the frame
	// seems to contain, with the service Any if that isn't readable.
	Parse(frame []byte) (Message, error)
}

// ErrChecksum is the error of a frame with a wrong checksum.
var ErrChecksum = errors.New("wrong checksum")

// castagnoli is the polynomial of the checksums, and of default data ids.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A frameReader reads frames. Its buffer grows as bytes arrive.
type frameReader struct {
	src   io.Reader
	codec Codec
	limit int // for the bytes of one frame

	// waits, if not nil, is called before each read. begun says whether a frame has
	// begun.
	waits func(begun bool)

	buf  []byte
	i, n int // buf[i:n] was read and not yet returned
}

const smallest = 4 << 10

// next returns the next frame, which is valid until the next call. It returns io.EOF only
// if the stream ends between frames; a frame cut short is io.ErrUnexpectedEOF.
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
