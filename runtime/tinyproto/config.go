package tinyproto

import "time"

// A Config is what can be chosen for a connection. The zero value is fine, for
// both ends.
type Config struct {
	// MaxSize is the size of the largest message that is received, before
	// Transforms have seen it; larger ones are refused. If zero, it is 16 MiB; if
	// negative or more than MaxMessage, it is MaxMessage.
	MaxSize int64

	// Timeout is how long a peer may take over a step: its greeting, the answer
	// to a size, the rest of a size that has begun, and every 64 KiB of a message, in
	// either direction. If zero, it is 5 s, which is what Python peers have; if
	// negative, there is no end.
	Timeout time.Duration

	// Idle is how long Receive waits for a message to begin. If zero, it's as long
	// as its context lets it; the operating system finds out when a peer has
	// vanished.
	Idle time.Duration

	// Transforms change each message on its way: in order before it is sent, in reverse
	// after it was received.
	Transforms []Transform
}

// A Transform changes messages, such as by compressing them. The peer needs one that
// does the same. Each field may be nil, which changes nothing.
type Transform struct {
	// Out returns what is sent instead of msg, which it must not modify.
	Out func(msg []byte) ([]byte, error)

	// In returns what was meant by msg, which it may modify.
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

// patience is how long a connection waits for its peer; 0 is without end.
func (c *Config) patience() patience {
	t := c.timeout()
	return patience{step: t, piece: t, write: t, idle: max(c.Idle, 0)}
}

// A patience is how long a connection waits for its peer. A time of 0 has no
// end.
type patience struct {
	step  time.Duration // for a greeting, an answer, the rest of a size
	piece time.Duration // for a piece of a message
	whole time.Duration // for all of a message
	write time.Duration // for the peer to take a piece
	idle  time.Duration // for a message to begin
}
