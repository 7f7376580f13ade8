package tinyproto

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Transmit sends a message. It returns when the peer has agreed to the size and the message
// is written. Other goroutines may call Transmit and Receive meanwhile: messages take turns.
//
// If the peer refuses the size, the error is a Signal, usually SignalError. If msg is larger
// than MaxMessage, it is a *SizeError. In both cases the connection stays usable, and also
// if ctx ends before the message's turn.
func (c *Conn) Transmit(ctx context.Context, msg []byte) error {
	for _, t := range c.convert {
		if t.Out == nil {
			continue
		}
		var err error
		if msg, err = t.Out(msg); err != nil {
			return fmt.Errorf("tinyproto: transforming a message: %w", err)
		}
	}
	if err := c.makeRoom(ctx); err != nil {
		return err
	}
	return c.use(ctx, func() error {
		return c.transmit(ctx, int64(len(msg)), func() error { return c.write(ctx, msg) })
	})
}

// TransmitFrom sends a message of size bytes from r, piece by piece. It is otherwise like
// Transmit. If r has fewer bytes, the connection ends, because the peer has been told the
// size. If there are Transforms, which need whole messages, it reads all of r first.
func (c *Conn) TransmitFrom(ctx context.Context, r io.Reader, size int64) error {
	if size < 0 || size > MaxMessage {
		return &SizeError{size, MaxMessage}
	}
	if len(c.convert) > 0 {
		msg, err := readMessage(nil, r, size, func() error { return nil })
		if err != nil {
			return fmt.Errorf("tinyproto: reading a message to send: %w", err)
		}
		return c.Transmit(ctx, msg)
	}
	if err := c.makeRoom(ctx); err != nil {
		return err
	}
	return c.use(ctx, func() error {
		return c.transmit(ctx, size, func() error {
			buf := make([]byte, min(size, piece))
			for rest := size; rest > 0; {
				n, err := io.ReadFull(r, buf[:min(rest, piece)])
				if err != nil {
					return c.broken(ctx, "reading a message to send", unexpected(err))
				}
				if err := c.write(ctx, buf[:n]); err != nil {
					return err
				}
				rest -= int64(n)
			}
			return nil
		})
	})
}

// transmit sends a size, waits for the answer, and calls send, which writes that many
// bytes. See "transmit-small" in the transcript.
func (c *Conn) transmit(ctx context.Context, size int64, send func() error) error {
	if size > MaxMessage {
		return &SizeError{size, MaxMessage}
	}
	if c.r.Buffered() > 0 {
		// The peer has begun a message, and would read our size as the answer to its
		// own ("raw-two-messages-pipelined" in the transcript).
		if err := c.takeIn(ctx); err != nil {
			return err
		}
	}
	if err := c.write(ctx, appendSize(make([]byte, 0, sizeLen), size)); err != nil {
		return err
	}
	refused := c.answer(ctx)
	if refused == nil {
		if err := send(); err != nil {
			return err
		}
	} else if _, ok := refused.(Signal); !ok {
		return refused
	}
	if crossed := c.crossed; crossed >= 0 {
		c.crossed = -1
		if err := c.enqueue(ctx, crossed, true); err != nil {
			return err
		}
	}
	return refused
}

// ErrCrossed is the error of a Transmit whose peer sends its own messages instead of taking
// turns, and of all other methods from then on, since it ends the connection. Python peers
// don't give way when both ends begin a message at once: with them, a connection carries one
// request at a time, and the next one begins after its answer; goroutines that don't wait
// for each other need a connection each.
var ErrCrossed = errors.New("both ends send at once, and the peer doesn't give way")

// crossedWait is how long a peer may take to give way: a few times as long as it has taken
// for an answer so far. A peer that gives way does so as soon as it sees our size.
func (c *Conn) crossedWait() time.Duration {
	const shortest, longest = 250 * time.Millisecond, time.Second
	wait := longest
	if c.slowest > 0 {
		wait = max(4*c.slowest, shortest)
	}
	if step := c.patience.step; step > 0 {
		wait = min(wait, step)
	}
	return wait
}

// awaitWay waits until the peer, whose message has crossed with ours, goes on.
func (c *Conn) awaitWay(ctx context.Context) error {
	err := c.arm(ctx, c.nc.SetReadDeadline, c.crossedWait(), time.Time{})
	if err == nil {
		_, err = c.r.Peek(1)
	}
	if err == nil {
		return nil
	}
	if ctx.Err() == nil {
		err = ErrCrossed
	}
	return c.broken(ctx, "waiting for the answer to a size", err)
}

// answer reads the peer's answer to a size. It returns nil for SignalOK, or the Signal as
// the error.
//
// Instead of an answer, a size may arrive: if both ends begin a message at once, each has
// sent a size before it saw the other's. Python peers give up then ("raw-glare" in the
// transcript). As PROTOCOL.md says, the end that dialed sends first, and then receives the
// other message.
func (c *Conn) answer(ctx context.Context) error {
	began := time.Now()
	for again := false; ; again = true {
		if again {
			if err := c.awaitWay(ctx); err != nil {
				return err
			}
		}
		b, err := c.peekByte(ctx)
		switch {
		case err != nil:
			return err
		case !c.isSize(b):
			c.r.Discard(1)
			c.slowest = max(c.slowest, time.Since(began))
			switch s := Signal(b); s {
			case SignalOK:
				return nil
			case SignalError, SignalConnLimit, SignalConflict:
				return s
			default:
				return c.broken(ctx, "waiting for the answer to a size", s)
			}
		case again:
			return c.broken(ctx, "waiting for the answer to a size", ErrCrossed)
		}
		size, err := c.readSize(ctx)
		if err != nil {
			return err
		}
		if c.dialed {
			c.crossed = size
		} else if err := c.enqueue(ctx, size, true); err != nil {
			return err
		}
	}
}

// isSize reports whether b, the next unread byte, begins a size. A size of less than 16 MiB
// begins like a refusal, but it arrives as four bytes, and then its sender waits for an
// answer. Only if this end goes first may a fifth byte follow, the answer to its size.
func (c *Conn) isSize(b byte) bool {
	if b != byte(SignalError) {
		return b <= MaxMessage>>24
	}
	switch c.r.Buffered() {
	case sizeLen:
		return true
	case sizeLen + 1:
		next, _ := c.r.Peek(sizeLen + 1)
		return c.dialed && Signal(next[sizeLen]) == SignalOK
	}
	return false
}

// takeIn receives a message that the peer has begun, into the queue.
func (c *Conn) takeIn(ctx context.Context) error {
	size, err := c.readSize(ctx)
	if err != nil {
		return err
	}
	return c.enqueue(ctx, size, false)
}

// maxQueue is how many messages are kept that arrived while others were sent. One Transmit
// may add two.
const maxQueue = 64

// ErrNotReceived is the error of a Transmit when the queue of arrived messages stayed full,
// because no Receive took any. The connection stays usable.
var ErrNotReceived = fmt.Errorf("%d messages have arrived and no Receive takes them", maxQueue)

// makeRoom waits until the queue has room for messages that may arrive during a send. It
// doesn't hold the turn while it waits, since Receive may need it.
func (c *Conn) makeRoom(ctx context.Context) error {
	if c.queued() < maxQueue {
		return nil
	}
	var late <-chan time.Time
	if d := c.patience.step; d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		late = t.C
	}
	for c.queued() >= maxQueue {
		select {
		case <-c.dequeued:
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return ErrNotReceived
		}
	}
	return nil
}

// enqueue receives a message of size bytes for a later Receive. If it is refused, that is
// no error. Crossed says that this end began a message at the same time.
func (c *Conn) enqueue(ctx context.Context, size int64, crossed bool) error {
	if err := c.grant(ctx, size); refused(err) {
		return nil
	} else if err != nil {
		return err
	}
	if crossed && size > 0 {
		if err := c.awaitWay(ctx); err != nil {
			return err
		}
	}
	msg, err := c.readMessage(ctx, nil, size)
	if err == nil {
		c.mu.Lock()
		c.queue = append(c.queue, msg)
		c.mu.Unlock()
	}
	return err
}

// dequeue returns the oldest message of the queue, or nil if it is empty.
func (c *Conn) dequeue() (msg []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return nil
	}
	msg, c.queue = c.queue[0], c.queue[1:]
	select {
	case c.dequeued <- struct{}{}:
	default:
	}
	return msg
}

func (c *Conn) queued() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.queue)
}
