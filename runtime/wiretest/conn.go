package wiretest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// A Conn is one end of a connection in memory, for tests under testing/synctest: it does what
// a TCP connection over loopback does, closing one half and resetting included.
type Conn struct {
	in, out    *half
	here, peer net.Addr
}

// Pipe returns the two ends of a connection.
func Pipe() (a, b *Conn) {
	there, back := newHalf(), newHalf()
	here := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000}
	peer := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7777}
	return &Conn{back, there, here, peer}, &Conn{there, back, peer, here}
}

// Read reads what the peer has written, or waits for it.
func (c *Conn) Read(p []byte) (int, error) { return c.in.read(p) }

// Write writes, and waits while the peer has too much to read already.
func (c *Conn) Write(p []byte) (int, error) { return c.out.write(p) }

// CloseWrite tells the peer that no more comes; reading goes on.
func (c *Conn) CloseWrite() error {
	c.out.change(func(h *half) { h.ended = true })
	return nil
}

// Close closes the connection. What was written before, the peer can still read.
func (c *Conn) Close() error {
	c.out.change(func(h *half) { h.ended, h.writer = true, end(h.writer, net.ErrClosed) })
	c.in.change(func(h *half) { h.reader, h.writer = end(h.reader, net.ErrClosed), end(h.writer, syscall.EPIPE) })
	return nil
}

// Reset breaks the connection: what the peer hasn't read yet is lost.
func (c *Conn) Reset() {
	for _, h := range []*half{c.in, c.out} {
		h.change(func(h *half) {
			h.data = nil
			h.reader, h.writer = end(h.reader, syscall.ECONNRESET), end(h.writer, syscall.ECONNRESET)
		})
	}
}

// end returns why one side of a half ends: the first reason stays.
func end(was, now error) error {
	if was != nil {
		return was
	}
	return now
}

// LocalAddr returns an address of loopback.
func (c *Conn) LocalAddr() net.Addr { return c.here }

// RemoteAddr returns an address of loopback.
func (c *Conn) RemoteAddr() net.Addr { return c.peer }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline says when reading gives up, a Read that waits included; never if t is zero.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.change(func(h *half) { h.readBy = t })
	return nil
}

// SetWriteDeadline says when writing gives up, a Write that waits included; never if t is zero.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out.change(func(h *half) { h.writeBy = t })
	return nil
}

// A half is one direction of a connection.
type half struct {
	mu      sync.Mutex
	changed chan struct{} // closed, and replaced, by every change
	data    []byte        // written and not yet read
	ended   bool          // no more is written

	reader, writer  error // why reading or writing is over; nil while it isn't
	readBy, writeBy time.Time
}

// room is how much may be written before it's read, about what a socket takes.
const room = 256 << 10

func newHalf() *half { return &half{changed: make(chan struct{})} }

// change applies f and wakes those who wait.
func (h *half) change(f func(*half)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(h)
	close(h.changed)
	h.changed = make(chan struct{})
}

// await waits until try says that it's done, or until the deadline that by returns.
func (h *half) await(by func() time.Time, try func() (done bool)) error {
	for {
		h.mu.Lock()
		deadline, changed := by(), h.changed
		late := !deadline.IsZero() && !time.Now().Before(deadline)
		done := !late && try()
		h.mu.Unlock()
		switch {
		case late:
			return os.ErrDeadlineExceeded
		case done:
			return nil
		case deadline.IsZero():
			<-changed
		default:
			timer := time.NewTimer(time.Until(deadline))
			select {
			case <-changed:
			case <-timer.C:
			}
			timer.Stop()
		}
	}
}

func (h *half) read(p []byte) (n int, err error) {
	late := h.await(func() time.Time { return h.readBy }, func() bool {
		switch {
		case h.reader != nil:
			err = h.reader
		case len(h.data) > 0:
			n = copy(p, h.data)
			h.data = h.data[n:]
		case h.ended:
			err = io.EOF
		default:
			return len(p) == 0
		}
		return true
	})
	if late != nil {
		return 0, late
	}
	if n > 0 {
		h.change(func(*half) {}) // there's room again
	}
	return n, err
}

func (h *half) write(p []byte) (n int, err error) {
	for {
		late := h.await(func() time.Time { return h.writeBy }, func() bool {
			switch free := room - len(h.data); {
			case h.writer != nil:
				err = h.writer
			case h.ended:
				err = syscall.EPIPE
			case free > 0 || len(p) == 0:
				free = min(free, len(p))
				h.data = append(h.data, p[:free]...)
				n, p = n+free, p[free:]
			default:
				return false
			}
			return true
		})
		if late != nil {
			return n, late
		}
		h.change(func(*half) {})
		if err != nil || len(p) == 0 {
			return n, err
		}
	}
}
