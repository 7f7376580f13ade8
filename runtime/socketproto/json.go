package socketproto

import (
	"bytes"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"strconv"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// JSON is the pure JSON layout: a line of text for each message, which ends with its
// checksum.
type JSON struct{}

var _ Codec = JSON{}

// sumLen is the length of the blank and the eight digits after a message.
const sumLen = 9

// Append appends the line of m to dst.
func (JSON) Append(dst []byte, m Message) ([]byte, error) {
	start := len(dst)
	dst = strconv.AppendUint(append(dst, `{"status":`...), uint64(m.Status), 10)
	dst = strconv.AppendUint(append(dst, `,"service_id":`...), uint64(m.Service), 10)
	dst = strconv.AppendUint(append(dst, `,"data_id":`...), uint64(m.DataID), 10)
	dst, err := codec.AppendRaw(append(dst, `,"data":`...), m.Data)
	if err != nil {
		return dst[:start], err
	}
	dst = append(dst, '}')
	sum := crc32.Checksum(dst[start:], castagnoli)
	dst = hex.AppendEncode(append(dst, ' '), []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	return append(dst, '\n'), nil
}

// Scan finds the end of a line.
func (JSON) Scan(p []byte, seen int) int {
	if i := bytes.IndexByte(p[seen:], '\n'); i >= 0 {
		return seen + i + 1
	}
	return 0
}

var errNoChecksum = errors.New("the line doesn't end in a checksum")

// Parse parses a line.
func (JSON) Parse(frame []byte) (Message, error) {
	line := bytes.TrimSuffix(frame, []byte{'\n'})
	at := len(line) - sumLen
	var sum [4]byte
	if at < 0 || line[at] != ' ' {
		return Message{Service: Any}, errNoChecksum
	}
	if _, err := hex.Decode(sum[:], line[at+1:]); err != nil {
		return Message{Service: Any}, errNoChecksum
	}
	text := line[:at]
	var m Message
	err := codec.Unmarshal(text, &m)
	if err != nil {
		m = Message{Service: Any}
	}
	if uint32(sum[0])<<24|uint32(sum[1])<<16|uint32(sum[2])<<8|uint32(sum[3]) != crc32.Checksum(text, castagnoli) {
		return m, ErrChecksum
	}
	return m, err
}
