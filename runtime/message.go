package runtime

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A Message can be sent as a body. Every generated type is one.
type Message interface {
	// AppendJSON appends the message to dst, as one JSON value.
	AppendJSON(dst []byte) ([]byte, error)
}

// Raw is JSON text. A *Raw is a Message, and what wires pass on as a body; its bytes are
// valid until the call, or the Respond, that it was passed to returns. Whether it is one
// JSON value is only checked when it is decoded or appended.
type Raw []byte

// AppendJSON appends r, which must be one JSON value; a nil or empty Raw is
// null.
func (r *Raw) AppendJSON(dst []byte) ([]byte, error) {
	if r == nil || len(*r) == 0 {
		return append(dst, "null"...), nil
	}
	return codec.AppendRaw(dst, json.RawMessage(*r))
}

// Decode reads m into v: straight from its bytes if m is a *Raw, else from what it
// encodes to. M must not be nil. After an error, v may be filled in part. If ctx ends
// while checks take long, the error is that of ctx.
func Decode(ctx context.Context, m Message, v codec.Unmarshaler) error {
	if r, ok := m.(*Raw); ok && r != nil {
		return codec.UnmarshalContext(ctx, *r, v)
	}
	buf := buffers.Get().(*[]byte)
	data, err := m.AppendJSON((*buf)[:0])
	if err != nil {
		err = codec.EncodeError(data, err)
	} else {
		err = codec.UnmarshalContext(ctx, data, v)
	}
	if cap(data) <= maxPooled {
		*buf = data
	}
	buffers.Put(buf)
	return err
}

// maxPooled bounds the buffers that are kept for reuse.
const maxPooled = 256 << 10

var buffers = sync.Pool{New: func() any { return new(make([]byte, 0, 1024)) }}
