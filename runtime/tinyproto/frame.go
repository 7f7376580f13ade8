package tinyproto

import (
	"encoding/binary"
	"fmt"
	"io"
)

// MaxMessage is the size of the largest possible message. It keeps the first byte of a
// size from being a signal. See "raw-size-limit-exact-f0ffffff" and
// "raw-size-too-big-f1000000" in the transcript.
const MaxMessage = 0xF0FFFFFF

// sizeLen is how many bytes a size has; see "transmit-small" in the transcript.
const sizeLen = 4

// appendSize appends the size of a message, big-endian.
func appendSize(dst []byte, n int64) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(n))
}

// parseSize returns the size in the first four bytes of b.
func parseSize(b []byte) int64 { return int64(binary.BigEndian.Uint32(b)) }

// A SizeError is the error of a message that is too large. The connection stays usable.
type SizeError struct {
	Size  int64
	Limit int64
}

// Error returns a text with both sizes.
func (e *SizeError) Error() string {
	return fmt.Sprintf("message of %d bytes is longer than the limit of %d", e.Size, e.Limit)
}

// piece is how many bytes of a message are read or written at once. A peer must move that
// many in each Timeout.
const piece = 64 << 10

// readMessage appends a message of size bytes to dst. It reserves at most twice the bytes
// that have arrived, or one piece. A message cut short is io.ErrUnexpectedEOF. The function
// before is called before each piece, and may set a deadline.
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

// unexpected returns err, with io.ErrUnexpectedEOF for io.EOF.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
