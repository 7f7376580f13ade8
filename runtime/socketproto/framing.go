package socketproto

import (
	"bytes"
	"errors"
)

// A Framing marks where messages begin and end among the bytes of a Transport. This package
// has STP and CSP.
type Framing interface {
	// Append appends the frame of a message to dst. It fails if there is no frame for
	// the message.
	Append(dst, message []byte) ([]byte, error)

	// Scan returns the length of the frame at the beginning of p, or of the bytes there
	// that can't become one. It returns 0 if p ends before they do. The first seen
	// bytes of p don't have their end: an earlier Scan returned 0 for them.
	Scan(p []byte, seen int) int

	// Message returns the message in what Scan has found, or an error if that isn't a
	// frame. It may overwrite the bytes of the frame, and the message is part of them.
	Message(frame []byte) ([]byte, error)
}

// STP frames a message with :< before it and :> after it. A colon within the message is
// sent as :=, so a receiver that has lost its place finds the next message.
type STP struct{}

// CSP ends a message with a line feed, and leaves its other bytes as they are. It is for
// messages of JSON, which have no line feed. Messages of Struct may contain one, as all of the
// service Read do, and then can't be sent.
type CSP struct{}

var (
	_ Framing = STP{}
	_ Framing = CSP{}
)

var (
	stpBegin = []byte(":<")
	stpEnd   = []byte(":>")
)

var (
	errNoFrame   = errors.New("the bytes aren't a whole frame")
	errEscape    = errors.New("a colon in the frame isn't escaped")
	errSeparator = errors.New("the message contains a line feed, which ends a message of CSP")
)

// Append appends the frame of a message.
func (STP) Append(dst, message []byte) ([]byte, error) {
	dst = append(dst, stpBegin...)
	for {
		i := bytes.IndexByte(message, ':')
		if i < 0 {
			break
		}
		dst = append(append(dst, message[:i]...), ":="...)
		message = message[i+1:]
	}
	return append(append(dst, message...), stpEnd...), nil
}

// Scan finds the end of a frame, or the beginning of the next one before that. It looks for the
// second byte of each, since text has far more colons.
func (STP) Scan(p []byte, seen int) int {
	from := max(seen, 1)
	n := 0
	if i := afterColon(p, from, '>'); i > 0 {
		n = i + 1
		p = p[:n]
	}
	if i := afterColon(p, max(from, 2), '<'); i > 0 {
		return i - 1
	}
	return n
}

// afterColon returns the index of the first c behind a colon in p, at from or later, or 0 if
// there is none.
func afterColon(p []byte, from int, c byte) int {
	for from < len(p) {
		i := bytes.IndexByte(p[from:], c)
		if i < 0 {
			break
		}
		if from += i; p[from-1] == ':' {
			return from
		}
		from++
	}
	return 0
}

// Message returns the message in a frame.
func (STP) Message(frame []byte) ([]byte, error) {
	p, begun := bytes.CutPrefix(frame, stpBegin)
	p, ended := bytes.CutSuffix(p, stpEnd)
	if !begun || !ended {
		return nil, errNoFrame
	}
	n := 0 // p[:n] is the message so far
	for rest := p; ; {
		i := bytes.IndexByte(rest, ':')
		if i < 0 {
			n += copy(p[n:], rest)
			return p[:n], nil
		}
		if i+1 == len(rest) || rest[i+1] != '=' {
			return nil, errEscape
		}
		n += copy(p[n:], rest[:i+1])
		rest = rest[i+2:]
	}
}

// Append appends the frame of a message. It fails if the message contains a line feed.
func (CSP) Append(dst, message []byte) ([]byte, error) {
	if bytes.IndexByte(message, '\n') >= 0 {
		return dst, errSeparator
	}
	return append(append(dst, message...), '\n'), nil
}

// Scan finds the line feed.
func (CSP) Scan(p []byte, seen int) int {
	if i := bytes.IndexByte(p[seen:], '\n'); i >= 0 {
		return seen + i + 1
	}
	return 0
}

// Message returns the message before the line feed.
func (CSP) Message(frame []byte) ([]byte, error) { return bytes.TrimSuffix(frame, []byte{'\n'}), nil }
