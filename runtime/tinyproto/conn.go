package tinyproto

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// A Conn is one connection. It is safe for concurrent use. The protocol lets one message
// travel at a time, in one direction, so goroutines take turns, and a waiting Receive
// makes way for Transmit.
//
// An error in the middle of a message, such as a deadline, ends the connection. The
// methods say which errors don't.
type Conn struct {
	nc       net.Conn
	r        *bufio.Reader
	maxSize  int64
	patience patience
	convert  []Transform
	dialed   bool // this end's message goes first when both begin one at once

	// hold, if not nil, counts the bytes of a message that is about to come. If it fails,
	// the message is refused, as one that is too large is.
	hold func(size int) error

	turn     turn
	crossed  int64         // the size of a message that both ends began at once; -1 if there is none
	slowest  time.Duration // answer of the peer to a size so far
	dequeued chan struct{} // gets a value when a message has left queue

	mu    sync.Mutex // guards the setting of deadlines, and the fields below
	queue [][]byte   // messages that arrived while others were sent
	err   error      // why the connection has ended; nil while it is up
	leave []func()   // called when it ends
}

// newConn returns a connection that hasn't been opened.
func newConn(nc net.Conn, cfg *Config, dialed bool) *Conn {
	c := &Conn{
		nc:       nc,
		r:        bufio.NewReader(nc),
		maxSize:  cfg.maxSize(),
		patience: cfg.patience(),
		convert:  cfg.Transforms,
		dialed:   dialed,
		crossed:  -1,
		dequeued: make(chan struct{}, 1),
	}
	c.turn.wake = func() { nc.SetReadDeadline(past) }
	return c
}

// past is a deadline that makes reads and writes fail at once.
var past = time.Unix(1, 0)

// Open opens a connection over nc, which this end has dialed. Dial does both. If Open
// fails, it closes nc.
func Open(ctx context.Context, nc net.Conn, cfg Config) (*Conn, error) {
	return open(ctx, newConn(nc, &cfg, true))
}

// Accepted opens a connection over nc, which this end has accepted. A Server does both. If
// Accepted fails, it closes nc.
func Accepted(ctx context.Context, nc net.Conn, cfg Config) (*Conn, error) {
	return open(ctx, newConn(nc, &cfg, false))
}

// open exchanges greetings: each end sends its own at once, and reads the
// other's. See "init-handshake" in the transcript.
func open(ctx context.Context, c *Conn) (*Conn, error) {
	err := c.use(ctx, func() error {
		if err := c.write(ctx, []byte{byte(SignalOK)}); err != nil {
			return err
		}
		b, err := c.peekByte(ctx)
		if err != nil {
			return err
		}
		c.r.Discard(1)
		if s := Signal(b); s != SignalOK {
			return c.broken(ctx, "greeting", s)
		}
		return nil
	})
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// LocalAddr returns this end's address.
func (c *Conn) LocalAddr() net.Addr { return c.nc.LocalAddr() }

// RemoteAddr returns the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.nc.RemoteAddr() }

// Close closes the connection. The peer sees the end of the stream, since there is no
// message for that ("client-closes" and "server-closes" in the transcript). Other methods
// of c return net.ErrClosed. Close may be called at any time, also by a handler of c's own
// messages.
func (c *Conn) Close() error {
	c.end(net.ErrClosed)
	return c.nc.Close()
}

// end records why the connection ends. It returns the first reason.
func (c *Conn) end(why error) error {
	c.mu.Lock()
	if c.err == nil {
		c.err = why
	}
	why = c.err
	leave := c.leave
	c.leave = nil
	c.mu.Unlock()
	for _, f := range leave {
		f()
	}
	return why
}

// whenEnded arranges that f is called when the connection ends. It reports false if the
// connection has ended.
func (c *Conn) whenEnded(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return false
	}
	c.leave = append(c.leave, f)
	return true
}

// ended returns why the connection has ended, or nil if it hasn't.
func (c *Conn) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// broken ends the connection because of err, which happened while doing what. It returns
// the first error of the connection.
func (c *Conn) broken(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = ctx.Err()
	}
	if err != io.EOF {
		err = fmt.Errorf("tinyproto: %s: %w", what, err)
	}
	err = c.end(err)
	c.nc.Close()
	return err
}

// use calls f when it's this goroutine's turn. The end of ctx makes reads and writes in f
// fail.
func (c *Conn) use(ctx context.Context, f func() error) error {
	if err := c.turn.take(ctx); err != nil {
		return err
	}
	defer c.turn.give()
	if err := cmp.Or(c.ended(), ctx.Err()); err != nil {
		return err
	}
	defer c.watch(ctx)()
	return f()
}

// watch makes the end of ctx fail reads and writes, until stop is called.
func (c *Conn) watch(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		c.nc.SetDeadline(past)
		c.mu.Unlock()
		close(done)
	})
	return func() {
		if !forget() {
			<-done // otherwise it would stop the next read or write
		}
	}
}

// arm sets a deadline at d from now, and not beyond limit if there is one,
// unless ctx has ended.
func (c *Conn) arm(ctx context.Context, set func(time.Time) error, d time.Duration, limit time.Time) error {
	var at time.Time
	if d > 0 {
		at = time.Now().Add(d)
	}
	if !limit.IsZero() && (at.IsZero() || limit.Before(at)) {
		at = limit
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		set(past)
		return err
	}
	return set(at)
}

// write sends b, in pieces.
func (c *Conn) write(ctx context.Context, b []byte) error {
	for len(b) > 0 {
		err := c.arm(ctx, c.nc.SetWriteDeadline, c.patience.write, time.Time{})
		if err == nil {
			var n int
			n, err = c.nc.Write(b[:min(len(b), piece)])
			b = b[n:]
		}
		if err != nil {
			return c.broken(ctx, "sending", err)
		}
	}
	return nil
}

// peekByte waits for a greeting or an answer, and leaves it unread.
func (c *Conn) peekByte(ctx context.Context) (byte, error) {
	err := c.arm(ctx, c.nc.SetReadDeadline, c.patience.step, time.Time{})
	var b []byte
	if err == nil {
		b, err = c.r.Peek(1)
	}
	if err != nil {
		return 0, c.broken(ctx, "waiting for the peer's word", unexpected(err))
	}
	return b[0], nil
}

// readSize reads the size of a message that has begun.
func (c *Conn) readSize(ctx context.Context) (int64, error) {
	err := c.arm(ctx, c.nc.SetReadDeadline, c.patience.step, time.Time{})
	var b []byte
	if err == nil {
		b, err = c.r.Peek(sizeLen)
	}
	if err != nil {
		return 0, c.broken(ctx, "receiving a size", unexpected(err))
	}
	c.r.Discard(sizeLen)
	return parseSize(b), nil
}
