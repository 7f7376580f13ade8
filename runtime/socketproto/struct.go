package socketproto

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// Struct is the compact layout, which the documentation calls deprecated: status, service
// and data id as binary numbers, then the data as JSON, then the checksum.
type Struct struct{}

var _ Codec = Struct{}

const (
	structHead = 12
	structTail = 4
)

// Append appends the bytes of m to dst.
func (Struct) Append(dst []byte, m Message) ([]byte, error) {
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(m.Status))
	dst = binary.BigEndian.AppendUint32(dst, uint32(m.Service))
	dst = binary.BigEndian.AppendUint32(dst, uint32(m.DataID))
	if m.Data != nil {
		var err error
		if dst, err = codec.AppendRaw(dst, m.Data); err != nil {
			return dst[:start], err
		}
	}
	return binary.BigEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli)), nil
}

var (
	errTooShort = errors.New("the message is too short")
	errReserved = errors.New("4294967295 isn't a number for a status, a service or data")
)

// Parse parses the bytes of a message.
func (Struct) Parse(p []byte) (Message, error) {
	at := len(p) - structTail
	if at < structHead {
		return Message{Service: Any}, errTooShort
	}
	m := Message{
		Status:  Status(binary.BigEndian.Uint32(p)),
		Service: Service(binary.BigEndian.Uint32(p[4:])),
		DataID:  DataID(binary.BigEndian.Uint32(p[8:])),
	}
	var data value
	var err error
	if text := p[structHead:at]; len(text) > 0 {
		err = codec.Unmarshal(text, &data)
		m.Data = data.raw
	}
	if err == nil && (m.Status == Any || m.Service == Any || m.DataID == Any) {
		err = errReserved
	}
	if err != nil {
		m = Message{Service: Any}
	}
	if binary.BigEndian.Uint32(p[at:]) != crc32.Checksum(p[:at], castagnoli) {
		return m, ErrChecksum
	}
	return m, err
}

// Key returns the same as JSON.Key.
func (Struct) Key(secret, seed string) string { return hash(secret, seed) }

// A value is any JSON value; null is nil.
type value struct{ raw []byte }

// DecodeJSON reads v from d.
func (v *value) DecodeJSON(d *codec.Decoder) {
	if !d.Null() {
		v.raw = d.Raw()
	}
}
