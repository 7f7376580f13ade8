package wiretest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// A Conn is one end of a connection in memory, for tests with testing/synctest. It behaves
// like a TCP connection over loopback. It can close one half, and it can be reset.
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

// Read reads bytes that the peer has written, and waits for the first one.
func (c *Conn) Read(p []byte) (int, error) { return c.in.read(p) }

// Write writes p, and waits while the peer has too many unread bytes.
func (c *Conn) Write(p []byte) (int, error) { return c.out.write(p) }

// CloseWrite ends writing: the peer reads io.EOF. Reading still works.
func (c *Conn) CloseWrite() error {
	c.out.change(func(h *half) { h.ended = true })
	return nil
}

// Close closes the connection. The peer can still read what was written before.
func (c *Conn) Close() error {
	c.out.change(func(h *half) { h.ended, h.writer = true, end(h.writer, net.ErrClosed) })
	c.in.change(func(h *half) { h.reader, h.writer = end(h.reader, net.ErrClosed), end(h.writer, syscall.EPIPE) })
	return nil
}

// Reset breaks the connection: bytes that the peer hasn't read are lost.
func (c *Conn) Reset() {
	for _, h := range []*half{c.in, c.out} {
		h.change(func(h *half) {
			h.data = nil
			h.reader, h.writer = end(h.reader, syscall.ECONNRESET), end(h.writer, syscall.ECONNRESET)
		})
	}
}

// end returns the reason for the end of one side of a half, which is the first one.
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

// SetReadDeadline sets when Read fails, also for a Read that waits now; never if t is zero.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.change(func(h *half) { h.readBy = t })
	return nil
}

// SetWriteDeadline sets when Write fails, also for a Write that waits now; never if t is zero.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out.change(func(h *half) { h.writeBy = t })
	return nil
}

// A half is one direction of a connection.
type half struct {
	mu      sync.Mutex
	changed chan struct{} // closed, and replaced, by every change
	data    []byte        // written and not yet read
	ended   bool          // nothing more will be written

	reader, writer  error // why reading or writing has ended; nil before that
	readBy, writeBy time.Time
}

// room is how many unread bytes a half may hold, about as many as a socket.
const room = 256 << 10

func newHalf() *half { return &half{changed: make(chan struct{})} }

// change applies f and wakes all waiting goroutines.
func (h *half) change(f func(*half)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(h)
	close(h.changed)
	h.changed = make(chan struct{})
}

// await waits until try reports true, or until the deadline that by returns.
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
