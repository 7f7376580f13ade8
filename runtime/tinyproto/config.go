package tinyproto

import "time"

// A Config has the settings of a connection. The zero value works, for both ends.
type Config struct {
	// MaxSize is the size of the largest message that this end receives, before
	// Transforms. Larger ones are refused. If zero, it is 16 MiB; if negative or more
	// than MaxMessage, it is MaxMessage.
	MaxSize int64

	// Timeout is how long a peer may take for each step: its greeting, the answer to
	// a size, the rest of a size that has begun, and every 64 KiB of a message in
	// either direction. If zero, it is 5 s, as in Python peers; if negative, there is
	// no limit.
	Timeout time.Duration

	// Idle is how long Receive waits for a message to begin. If zero, only its
	// context limits the wait; the operating system notices if a peer is gone.
	Idle time.Duration

	// Transforms change each message: in order before it is sent, in reverse order
	// after it was received.
	Transforms []Transform
}

// A Transform changes messages, for example compresses them. The peer needs the same one.
// Each field may be nil, which changes nothing.
type Transform struct {
	// Out returns the message to send instead of msg, which it must not modify.
	Out func(msg []byte) ([]byte, error)

	// In undoes the Out of the peer. It may modify msg.
	In func(msg []byte) ([]byte, error)
}

func (c *Config) maxSize() int64 {
	switch {
	case c.MaxSize == 0:
		return 16 << 20
	case c.MaxSize < 0:
		return MaxMessage
	}
	return min(c.MaxSize, MaxMessage)
}

func (c *Config) timeout() time.Duration {
	if c.Timeout == 0 {
		return 5 * time.Second
	}
	return max(c.Timeout, 0)
}

// patience returns how long a connection with this Config waits for its peer.
func (c *Config) patience() patience {
	t := c.timeout()
	return patience{step: t, piece: t, write: t, idle: max(c.Idle, 0)}
}

// A patience is how long a connection waits for its peer. A time of 0 means no limit.
type patience struct {
	step  time.Duration // for a greeting, an answer, the rest of a size
	piece time.Duration // for a piece of a message
	whole time.Duration // for all of a message
	write time.Duration // for the peer to take a piece
	idle  time.Duration // for a message to begin
}
