package socketproto

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Codec decides what the documentation of socket_protocol leaves open: the bytes of a
// message with its checksum, and the hash of a challenge. This package has JSON and Struct.
// To speak with an implementation that decides otherwise, write another one.
type Codec interface {
	// Append appends the bytes of m to dst. It fails if the data isn't JSON.
	Append(dst []byte, m Message) ([]byte, error)

	// Parse parses the bytes of a message, and keeps none of them. If the checksum is
	// wrong, the error is ErrChecksum, and the message is what the bytes seem to
	// contain, with the service Any if that isn't readable.
	Parse(p []byte) (Message, error)

	// Key returns the key that proves the secret for a seed. A peer chooses the seed.
	Key(secret, seed string) string
}

// ErrChecksum is the error of a message with a wrong checksum.
var ErrChecksum = errors.New("wrong checksum")

// castagnoli is the polynomial of the checksums, and of default data ids.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// hash returns the HMAC-SHA-256 of a text as hexadecimal digits.
func hash(secret, text string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// A frameReader reads frames. Its buffer grows as bytes arrive.
type frameReader struct {
	src     io.Reader
	framing Framing
	limit   int // for the bytes of one frame

	// waits, if not nil, is called before each read. begun says whether a frame has
	// begun.
	waits func(begun bool)

	// hold counts the bytes of buf, and unhold counts them no longer. If hold fails, so
	// does next. They may be nil.
	hold   func(n int) error
	unhold func(n int)

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
			r.forget()
		}
	}
	if r.waits != nil {
		r.waits(r.n > r.i)
	}
	if r.n == len(r.buf) {
		buf := r.buf
		if r.n-r.i > len(buf)/2 || len(buf) == 0 {
			n := max(2*len(buf), smallest)
			if r.hold != nil {
				if err := r.hold(n - len(buf)); err != nil {
					return err
				}
			}
			buf = make([]byte, n)
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
func (r *frameReader) forget() {
	if r.unhold != nil {
		r.unhold(len(r.buf))
	}
	r.buf, r.i, r.n = nil, 0, 0
}
