package tpp

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net"
	"sync"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// frameGap is the room that beginFrame leaves for a header: ten digits and LF.
const frameGap = 11

// beginFrame returns b with room for a header and nothing else. EndFrame completes it.
func beginFrame(b []byte) []byte { return append(b[:0], "           "...) }

// endFrame writes the header of what was appended after beginFrame, and
// returns the frame: a canonical decimal, LF, then that many bytes.
func endFrame(b []byte) []byte {
	n := len(b) - frameGap
	i := frameGap - 1
	b[i] = '\n'
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return b[i:]
		}
	}
}

// maxDigits is how long a header may be, without its LF.
const maxDigits = 20

// parseHeader reads the header that b begins with. It returns how many bytes follow the
// header, n, and how long the header is, size; both are 0 if b doesn't hold all of it yet.
// For a frame over the limit it returns them together with an error. An empty line counts
// as 0, as for the Python peers. What else their int takes (signs, blanks, underscores) is
// refused.
func parseHeader(b []byte, limit int) (n, size int, err error) {
	end := bytes.IndexByte(b[:min(len(b), maxDigits+1)], '\n')
	if end < 0 {
		if len(b) > maxDigits {
			return 0, 0, badHeader(b[:maxDigits+1])
		}
		return 0, 0, nil
	}
	digits := b[:end]
	sum := int64(0)
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, 0, badHeader(digits)
		}
		sum = min(sum*10+int64(c-'0'), math.MaxInt64/100) // far beyond any limit
	}
	if sum > int64(limit) {
		return int(min(sum, math.MaxInt32)), end + 1, runtime.OverLimit.Errorf("frame of %s bytes is longer than the limit of %d", digits, limit)
	}
	return int(sum), end + 1, nil
}

func badHeader(b []byte) error {
	return runtime.BadRequest.Errorf("bad frame length %q: 1 to %d decimal digits and a line feed are expected", b, maxDigits)
}

// A buffer holds one frame or several. It goes back to its pool after use.
type buffer struct {
	b    []byte
	from *sync.Pool

	conn *transport.Conn // holds bytes for the buffer: see transport.Conn.Hold; nil if none does
	held int             // how many
}

// maxPooled bounds the buffers that are kept for reuse.
const maxPooled = 256 << 10

// oneFrame has buffers for one frame each, manyFrames those for queues. In one pool, small
// buffers would have to grow, and large ones would hold little.
var oneFrame, manyFrames sync.Pool

func newBuffer() *buffer { return takeBuffer(&oneFrame, 2<<10) }
func newQueue() *buffer  { return takeBuffer(&manyFrames, 16<<10) }

// takeBuffer returns a buffer from a pool, or one with room for size bytes.
func takeBuffer(from *sync.Pool, size int) *buffer {
	if b, ok := from.Get().(*buffer); ok {
		b.b = b.b[:0]
		return b
	}
	return &buffer{b: make([]byte, 0, size), from: from}
}

// free gives b back to its pool; its bytes must not be used any more. It does nothing if b
// is nil.
func (b *buffer) free() {
	if b == nil {
		return
	}
	if b.conn != nil {
		b.conn.Unhold(b.held)
		b.conn = nil
	}
	if cap(b.b) <= maxPooled {
		b.from.Put(b)
	}
}

// hold has conn hold the bytes of a frame of n bytes until b is freed.
func (b *buffer) hold(conn *transport.Conn, n int) error {
	if conn == nil || conn.Known() {
		return nil
	}
	n += callOverhead
	if err := conn.Hold(n); err != nil {
		return err
	}
	b.conn, b.held = conn, n
	return nil
}

// A phase is what a frameReader waits for.
type phase int

const (
	between phase = iota // the first byte of a frame
	header               // the rest of a header
	body                 // what the header announced
)

// A frameReader reads frames. After an error of the source, such as a deadline that
// passed, nothing is lost: the next call of next goes on where the last one was.
type frameReader struct {
	src   io.Reader
	limit int             // of a frame's bytes
	wait  func(phase)     // called before each read from src, which may block; may be nil
	conn  *transport.Conn // of a server, which bounds what newcomers send; nil for a client

	buf   []byte // buf[r:w] was read from src and not yet taken
	r, w  int
	full  bool    // the last read filled buf: a larger one would do better
	exact bool    // the last read took no more than the frame needed
	frame *buffer // what has come of the current frame; nil until its header is complete
	need  int     // how long the current frame is

	skips    int           // a frame over the limit is skipped if it isn't longer than this
	skipping *skippedFrame // the frame that is being skipped; nil if none is
}

// A skippedFrame is a frame over the limit that is being skipped.
type skippedFrame struct {
	rest int    // how much is still to come
	head []byte // its first bytes
	err  error  // says how long it is
}

// An errTooLong says that a frame is over the limit.
type errTooLong struct {
	error
	id      uint64 // of its message; 0 if the message doesn't begin with it
	skipped bool   // all of it was read, and the next frame may come
}

func (e errTooLong) Unwrap() error { return e.error }

// The size of frameReader.buf.
const (
	dozing  = 64       // while the connection is quiet
	minRead = 1 << 10  // at first
	maxRead = 64 << 10 // while much data comes

	// newRead is the size for a newcomer while much data comes.
	newRead = 4 << 10
)

// buffered reports whether anything was read beyond the last frame.
func (f *frameReader) buffered() bool { return f.r < f.w }

// unread reports whether there may be more behind the last frame, read or not.
func (f *frameReader) unread() bool { return f.buffered() || f.exact }

// ready reports whether all of the next frame was read already, so that next returns it
// without waiting.
func (f *frameReader) ready() bool {
	if f.frame != nil || f.skipping != nil {
		return false
	}
	n, size, err := parseHeader(f.buf[f.r:f.w], f.limit)
	return err == nil && size > 0 && n <= f.w-f.r-size
}

// phase returns what the next read waits for.
func (f *frameReader) phase() phase {
	switch {
	case f.frame != nil, f.skipping != nil:
		return body
	case f.r < f.w:
		return header
	}
	return between
}

// next returns the next frame, which may be empty; the caller frees it. It returns io.EOF
// only if the source ends between frames, and an errCutShort if it ends within one. A bad
// header is a *runtime.Error, a frame over the limit an errTooLong.
func (f *frameReader) next() (*buffer, error) {
	for {
		if f.frame == nil {
			if s := f.skipping; s != nil && f.skip() {
				f.skipping = nil
				id, _, _ := envelope.PeekID(s.head)
				return nil, errTooLong{s.err, id, true}
			}
			n, size, err := 0, 0, error(nil)
			if f.skipping == nil {
				n, size, err = parseHeader(f.buf[f.r:f.w], f.limit)
			}
			var frame *buffer
			if err == nil && size > 0 {
				frame = newBuffer()
				if err = frame.hold(f.conn, n); err != nil {
					frame.free()
				}
			}
			switch {
			case err != nil && size > 0 && n <= f.skips:
				f.r += size
				f.skipping = &skippedFrame{rest: n, err: err}
				continue
			case err != nil && size > 0:
				id, known := peekID(f.buf[f.r+size : f.w])
				if known || f.skips == 0 {
					return nil, errTooLong{err, id, false}
				}
			case err != nil:
				return nil, err
			case size > 0:
				f.r += size
				f.frame, f.need = frame, n
			}
		}
		if frame := f.frame; frame != nil {
			n := min(f.need-len(frame.b), f.w-f.r)
			frame.b = append(frame.b, f.buf[f.r:f.r+n]...)
			f.r += n
			if len(frame.b) == f.need {
				f.frame = nil
				return frame, nil
			}
		}
		if err := f.fill(); err != nil {
			return nil, err
		}
	}
}

// inPlace returns the next frame without copying it if all of it was read already. It is
// valid until the next call of a method.
func (f *frameReader) inPlace() (frame []byte, ok bool) {
	frame, end, ok := f.peek()
	if ok {
		f.r = end
	}
	return frame, ok
}

// peek is inPlace that leaves the frame to be read again, unless f.r is set to end.
func (f *frameReader) peek() (frame []byte, end int, ok bool) {
	if f.frame != nil || f.skipping != nil {
		return nil, 0, false
	}
	n, size, err := parseHeader(f.buf[f.r:f.w], f.limit)
	if err != nil || size == 0 || n > f.w-f.r-size {
		return nil, 0, false
	}
	begin := f.r + size
	end = begin + n
	return f.buf[begin:end:end], end, true
}

// peekID returns the id that a message begins with, 0 if it doesn't begin with one. The id
// isn't known as long as too little of the message has come.
func peekID(message []byte) (id uint64, known bool) {
	const begin = `{"id":`
	id, _, ok := envelope.PeekID(message)
	n := min(len(message), len(begin))
	digits := message[n:min(len(message), maxHead)]
	undecided := !ok && string(message[:n]) == begin[:n] && len(digits) < maxHead-n &&
		bytes.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) < 0
	return id, !undecided
}

// maxHead is how much of a message surely has its id, if the message begins with it.
const maxHead = 32

// skip skips what has come of a frame that is too long; it reports whether that was the
// last of it.
func (f *frameReader) skip() (all bool) {
	s := f.skipping
	n := min(s.rest, f.w-f.r)
	s.head = append(s.head, f.buf[f.r:f.r+min(n, maxHead-len(s.head))]...)
	f.r += n
	s.rest -= n
	return s.rest == 0
}

// fill reads more. It reads into the current frame itself if that needs as much as buf has
// room for: that saves a copy, and leaves what follows in the source.
func (f *frameReader) fill() error {
	if f.wait != nil {
		f.wait(f.phase())
	}
	var n int
	var err error
	if frame := f.frame; frame != nil && f.need-len(frame.b) >= max(len(f.buf), minRead) {
		frame.grow(f.need)
		f.exact = true
		have := len(frame.b)
		n, err = f.src.Read(frame.b[have:min(cap(frame.b), f.need)])
		frame.b = frame.b[:have+n]
	} else {
		f.room()
		f.exact = false
		n, err = f.src.Read(f.buf[f.w:])
		f.w += n
		f.full = f.w == len(f.buf)
	}
	if n > 0 || err == nil {
		return nil
	}
	if err == io.EOF && f.phase() != between {
		return f.cutShort()
	}
	return err
}

// room makes room in buf for a read. Buf is small until there is more to read.
func (f *frameReader) room() {
	if f.buf == nil {
		f.buf = make([]byte, minRead)
	}
	rest := f.buf[f.r:f.w]
	most := maxRead
	if f.conn != nil && !f.conn.Known() {
		most = newRead
	}
	if f.full && len(f.buf) < most {
		f.buf = make([]byte, max(2*len(f.buf), minRead))
		f.full = false
	}
	f.r, f.w = 0, copy(f.buf, rest)
}

// grow makes room for more of a frame of need bytes: at most twice what has come, so that
// a large number in a header costs nothing.
func (b *buffer) grow(need int) {
	if len(b.b) < cap(b.b) {
		return
	}
	n := min(need, max(2*cap(b.b), maxRead))
	b.b = append(make([]byte, 0, n), b.b...)
}

// An errCutShort says how much had come of a frame when the source ended.
type errCutShort string

func (e errCutShort) Error() string { return "frame cut short" + string(e) }

func (f *frameReader) cutShort() error {
	switch {
	case f.skipping != nil:
		return errCutShort(" in one that is too long")
	case f.frame != nil:
		return errCutShort(fmt.Sprintf(": %d of %d bytes came", len(f.frame.b), f.need))
	}
	return errCutShort(fmt.Sprintf(" in its header %q", f.buf[f.r:f.w]))
}

// small makes buf small. Nothing may be in it.
func (f *frameReader) small() { f.buf, f.r, f.w, f.full = make([]byte, dozing), 0, 0, true }

// doze waits until there is something to read from src, after small. If src fails, the
// next read reports it.
func (f *frameReader) doze(src net.Conn) { f.w, _ = src.Read(f.buf) }

// forget frees what f holds. F must not be used any more.
func (f *frameReader) forget() {
	f.frame.free()
	f.frame, f.buf, f.r, f.w = nil, nil, 0, 0
}
