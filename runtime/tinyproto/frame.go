package tinyproto

import (
	"encoding/binary"
	"fmt"
	"io"
)

// MaxMessage is the size of the largest message there can be; the first byte of
// a size is thereby never a signal. See "raw-size-limit-exact-f0ffffff" and
// "raw-size-too-big-f1000000" in the transcript.
const MaxMessage = 0xF0FFFFFF

// sizeLen is how many bytes a size has; see "transmit-small" in the transcript.
const sizeLen = 4

// appendSize appends the size of a message, big-endian.
func appendSize(dst []byte, n int64) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(n))
}

// parseSize returns the size that the first four bytes of b are.
func parseSize(b []byte) int64 { return int64(binary.BigEndian.Uint32(b)) }

// A SizeError tells of a message that is too large. The connection goes on
// without it.
type SizeError struct {
	Size  int64
	Limit int64
}

// Error says how large the message was and how large it may be.
func (e *SizeError) Error() string {
	return fmt.Sprintf("message of %d bytes is longer than the limit of %d", e.Size, e.Limit)
}

// piece is how much of a message is read or written at once. That's also what
// a peer has to move in each Timeout.
const piece = 64 << 10

// readMessage appends a message of size bytes to dst. There is never room for
// more than twice of what has come, or one piece: a size alone costs nothing.
// A message cut short is io.ErrUnexpectedEOF. Before, which may set a deadline,
// is called before each piece.
func readMessage(dst []byte, r io.Reader, size int64, before func() error) ([]byte, error) {
	for end := int64(len(dst)) + size; int64(len(dst)) < end; {
		if err := before(); err != nil {
			return dst, err
		}
		rest := end - int64(len(dst))
		if len(dst) == cap(dst) {
			grown := make([]byte, len(dst), int64(len(dst))+min(rest, max(int64(len(dst)), piece)))
			copy(grown, dst)
			dst = grown
		}
		n := min(rest, piece, int64(cap(dst)-len(dst)))
		got, err := io.ReadFull(r, dst[len(dst):int64(len(dst))+n])
		dst = dst[:len(dst)+got]
		if err != nil {
			return dst, unexpected(err)
		}
	}
	return dst, nil
}

// unexpected returns err, as it is called where there should have been more.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
