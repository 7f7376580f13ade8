package socketproto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// Struct is the compact layout: status, service and data id as binary numbers, then the data
// as JSON, then the checksum. A frame ends with a zero byte and has no other one.
type Struct struct{}

var _ Codec = Struct{}

const (
	structHead = 12
	structTail = 4
)

// Append appends the frame of m to dst.
func (Struct) Append(dst []byte, m Message) ([]byte, error) {
	b := newBuffer()
	defer b.free()
	b.b = binary.BigEndian.AppendUint32(b.b, uint32(m.Status))
	b.b = binary.BigEndian.AppendUint32(b.b, uint32(m.Service))
	b.b = binary.BigEndian.AppendUint32(b.b, uint32(m.DataID))
	if m.Data != nil {
		var err error
		if b.b, err = codec.AppendRaw(b.b, m.Data); err != nil {
			return dst, err
		}
	}
	b.b = binary.BigEndian.AppendUint32(b.b, crc32.Checksum(b.b, castagnoli))
	return append(appendStuffed(dst, b.b), 0), nil
}

// Scan finds the zero byte.
func (Struct) Scan(p []byte, seen int) int {
	if i := bytes.IndexByte(p[seen:], 0); i >= 0 {
		return seen + i + 1
	}
	return 0
}

var (
	errStuffing = errors.New("the stuffing of the frame doesn't add up")
	errTooShort = errors.New("the frame is too short")
)

// Parse parses a frame.
func (Struct) Parse(frame []byte) (Message, error) {
	b := newBuffer()
	defer b.free()
	var ok bool
	if b.b, ok = appendUnstuffed(b.b, bytes.TrimSuffix(frame, []byte{0})); !ok {
		return Message{Service: Any}, errStuffing
	}
	if len(b.b) < structHead+structTail {
		return Message{Service: Any}, errTooShort
	}
	at := len(b.b) - structTail
	m := Message{
		Status:  Status(binary.BigEndian.Uint32(b.b)),
		Service: Service(binary.BigEndian.Uint32(b.b[4:])),
		DataID:  DataID(binary.BigEndian.Uint32(b.b[8:])),
	}
	var data value
	var err error
	if text := b.b[structHead:at]; len(text) > 0 {
		err = codec.Unmarshal(text, &data)
		m.Data = data.raw
	}
	if err == nil && (m.Status == Any || m.Service == Any || m.DataID == Any) {
		err = errReserved
	}
	if err != nil {
		m = Message{Service: Any}
	}
	if binary.BigEndian.Uint32(b.b[at:]) != crc32.Checksum(b.b[:at], castagnoli) {
		return m, ErrChecksum
	}
	return m, err
}

var errReserved = errors.New("4294967295 isn't a number for a status, a service or data")

// A value is any JSON value; null is nil.
type value struct{ raw []byte }

// DecodeJSON reads v from d.
func (v *value) DecodeJSON(d *codec.Decoder) {
	if !d.Null() {
		v.raw = d.Raw()
	}
}

// maxRun is the longest run of bytes without a zero that one length describes.
const maxRun = 254

// appendStuffed appends p without zero bytes, by consistent overhead byte stuffing: each run
// of bytes begins with its length plus one, instead of the zero byte after the previous run.
// A run of maxRun bytes has no zero byte after it.
func appendStuffed(dst, p []byte) []byte {
	for {
		run := p[:min(len(p), maxRun)]
		zero := bytes.IndexByte(run, 0)
		if zero >= 0 {
			run = run[:zero]
		}
		dst = append(dst, byte(len(run)+1))
		dst = append(dst, run...)
		p = p[len(run):]
		switch {
		case zero >= 0:
			p = p[1:]
		case len(p) == 0:
			return dst
		}
	}
}

// appendUnstuffed undoes appendStuffed. It reports false if a run is shorter than its
// length says.
func appendUnstuffed(dst, p []byte) ([]byte, bool) {
	for len(p) > 0 {
		n := int(p[0])
		if n == 0 || n > len(p) {
			return dst, false
		}
		dst = append(dst, p[1:n]...)
		p = p[n:]
		if n <= maxRun && len(p) > 0 {
			dst = append(dst, 0)
		}
	}
	return dst, true
}
