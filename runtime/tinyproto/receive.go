package tinyproto

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// ErrIdle is the error of a Receive that has waited for Config.Idle. It ends the
// connection.
var ErrIdle = errors.New("no message came for too long")

// Receive waits for a message and returns it. The caller owns the bytes.
//
// It returns io.EOF when the peer has closed the connection between two messages. The
// connection stays usable if ctx ends while no message is arriving, and if a message is
// refused because it is too large, which is a *SizeError.
func (c *Conn) Receive(ctx context.Context) ([]byte, error) {
	return c.receive(ctx, nil, time.Time{})
}

// ReceiveTo waits for a message, writes it to w piece by piece, and returns its length. It
// is otherwise like Receive, but an error of w in the middle of a message ends the
// connection. If there are Transforms, which need whole messages, w gets the message in
// one piece.
func (c *Conn) ReceiveTo(ctx context.Context, w io.Writer) (int64, error) {
	if len(c.convert) > 0 {
		msg, err := c.Receive(ctx)
		if err != nil {
			return 0, err
		}
		n, err := w.Write(msg)
		return int64(n), err
	}
	if msg := c.dequeue(); msg != nil {
		n, err := w.Write(msg)
		return int64(n), err
	}
	var n int64
	err := c.use(ctx, func() error {
		size, queued, err := c.next(ctx, time.Time{})
		if err != nil {
			return err
		}
		if queued != nil {
			wrote, err := w.Write(queued)
			n = int64(wrote)
			return err
		}
		n, err = c.copyMessage(ctx, w, size)
		return err
	})
	return n, err
}

var (
	// errNothing is the error of a receive whose time has passed.
	errNothing = errors.New("no message has come yet")

	// errQuit is the error of a receive after quit, when no message was arriving.
	errQuit = errors.New("no more messages are wanted")
)

// quit makes receive return errQuit as soon as no message is arriving.
func (c *Conn) quit() { c.turn.end() }

// receive is Receive with dst for the message, if it has enough room. If until isn't zero,
// it fails at that time with errNothing.
func (c *Conn) receive(ctx context.Context, dst []byte, until time.Time) ([]byte, error) {
	msg := c.dequeue() // without a turn, which a sender may hold
	if msg == nil {
		err := c.use(ctx, func() error {
			size, queued, err := c.next(ctx, until)
			if msg = queued; err == nil && queued == nil {
				msg, err = c.readMessage(ctx, dst, size)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for i := len(c.convert) - 1; i >= 0; i-- {
		if in := c.convert[i].In; in != nil {
			var err error
			if msg, err = in(msg); err != nil {
				return nil, fmt.Errorf("tinyproto: transforming a message: %w", err)
			}
		}
	}
	return msg, nil
}

// next waits for a message. It returns a queued one, which isn't nil, or the size of one
// whose bytes follow.
func (c *Conn) next(ctx context.Context, until time.Time) (size int64, queued []byte, err error) {
	limit := until
	if c.patience.idle > 0 {
		if end := time.Now().Add(c.patience.idle); limit.IsZero() || end.Before(limit) {
			limit = end
		}
	}
	for {
		if queued := c.dequeue(); queued != nil {
			return 0, queued, nil
		}
		stepAside, err := c.await(ctx, limit)
		switch {
		case err == errNothing && limit != until:
			return 0, nil, c.broken(ctx, "receiving", ErrIdle)
		case err != nil:
			return 0, nil, err
		case stepAside:
			if err := c.stepAside(); err != nil {
				return 0, nil, err
			}
			continue
		}
		if size, err = c.readSize(ctx); err != nil {
			return 0, nil, err
		}
		return size, nil, c.grant(ctx, size)
	}
}

// stepAside gives the turn to the goroutines that wait for it. Afterwards this goroutine
// has it again, also after an error.
func (c *Conn) stepAside() error {
	c.turn.give()
	// Without a context, since use gives the turn back in any case.
	c.turn.take(context.Background())
	return c.ended()
}

// await waits for the first byte of a message. If limit isn't zero, it fails at that time
// with errNothing. It reports true if another goroutine wants the turn.
func (c *Conn) await(ctx context.Context, limit time.Time) (stepAside bool, err error) {
	if c.r.Buffered() > 0 {
		return false, nil
	}
	switch ok, over := c.turn.rest(func() { err = c.arm(ctx, c.nc.SetReadDeadline, 0, limit) }); {
	case over:
		return false, errQuit
	case !ok:
		return true, nil
	}
	if err == nil {
		_, err = c.r.Peek(1)
	}
	c.turn.stir()
	switch {
	case err == nil:
		return false, nil
	case ctx.Err() != nil && (errors.Is(err, os.ErrDeadlineExceeded) || err == ctx.Err()):
		return false, ctx.Err()
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return false, c.broken(ctx, "receiving", err)
	case !limit.IsZero() && !time.Now().Before(limit):
		return false, errNothing
	}
	return true, nil
}

// watchEnd waits until the peer has left, or until over reports true, which it checks
// after each turn of another goroutine. It receives nothing: if the peer sends a message,
// it stops watching.
func (c *Conn) watchEnd(ctx context.Context, over func() bool) error {
	return c.use(ctx, func() error {
		for !over() {
			if stepAside, err := c.await(ctx, time.Time{}); err != nil || !stepAside {
				return err
			}
			if err := c.stepAside(); err != nil {
				return err
			}
		}
		return nil
	})
}

// grant answers a size with SignalOK, or with SignalError if it is too large, or hold
// refuses it. See
// "raw-size-too-big-then-good" in the transcript: after that, another size follows.
func (c *Conn) grant(ctx context.Context, size int64) error {
	if size > c.maxSize {
		if err := c.write(ctx, []byte{byte(SignalError)}); err != nil {
			return err
		}
		return &SizeError{size, c.maxSize}
	}
	if c.hold != nil {
		if err := c.hold(int(size)); err != nil {
			if err := c.write(ctx, []byte{byte(SignalError)}); err != nil {
				return err
			}
			return err
		}
	}
	return c.write(ctx, []byte{byte(SignalOK)})
}

// refused reports whether err is that of a message that grant has refused. The connection
// is usable then.
func refused(err error) bool {
	return errors.As(err, new(*SizeError)) || errors.Is(err, runtime.OverLimit)
}

// readMessage appends a message to dst. The result isn't nil, even if it is empty.
func (c *Conn) readMessage(ctx context.Context, dst []byte, size int64) ([]byte, error) {
	if dst == nil {
		dst = []byte{}
	}
	msg, err := readMessage(dst, c.r, size, c.pace(ctx))
	if err != nil {
		return nil, c.broken(ctx, "receiving a message", err)
	}
	return msg, nil
}

// copyMessage writes a message to w.
func (c *Conn) copyMessage(ctx context.Context, w io.Writer, size int64) (n int64, err error) {
	before := c.pace(ctx)
	buf := make([]byte, min(size, piece))
	for n < size {
		b := buf[:min(size-n, piece)]
		if err = before(); err == nil {
			_, err = io.ReadFull(c.r, b)
		}
		if err != nil {
			return n, c.broken(ctx, "receiving a message", unexpected(err))
		}
		wrote, err := w.Write(b)
		n += int64(wrote)
		if err != nil && n < size {
			return n, c.broken(ctx, "writing a received message", err)
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// pace returns a function that sets the deadline for the next piece of a
// message.
func (c *Conn) pace(ctx context.Context) func() error {
	var end time.Time
	if c.patience.whole > 0 {
		end = time.Now().Add(c.patience.whole)
	}
	return func() error { return c.arm(ctx, c.nc.SetReadDeadline, c.patience.piece, end) }
}
