package socketproto

import (
	"encoding/hex"
	"errors"
	"hash/crc32"
	"strconv"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// JSON is the pure JSON layout: an object, and its checksum as text. A message has no line
// feed.
type JSON struct{}

var _ Codec = JSON{}

// sumLen is the length of the blank and the eight digits after the object.
const sumLen = 9

// Append appends the bytes of m to dst.
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
	return hex.AppendEncode(append(dst, ' '), []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), nil
}

var errNoChecksum = errors.New("the message doesn't end in a checksum")

// Parse parses the bytes of a message.
func (JSON) Parse(p []byte) (Message, error) {
	at := len(p) - sumLen
	var sum [4]byte
	if at < 0 || p[at] != ' ' {
		return Message{Service: Any}, errNoChecksum
	}
	if _, err := hex.Decode(sum[:], p[at+1:]); err != nil {
		return Message{Service: Any}, errNoChecksum
	}
	text := p[:at]
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

// Key returns the HMAC-SHA-256 of the seed, with the secret as key, as hexadecimal digits.
func (JSON) Key(secret, seed string) string { return hash(secret, seed) }
