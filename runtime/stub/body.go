package stub

import (
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A wrapper is a Message that holds another one at the place that a Reply names.
type wrapper struct {
	key  string
	bare bool
	body runtime.Message
}

func wrap(r runtime.Reply, a *runtime.Action, req *runtime.Request) wrapper {
	key, ok := r.ResultKey(a, req)
	return wrapper{key: key, bare: !ok}
}

// AppendJSON appends the whole body.
func (w *wrapper) AppendJSON(dst []byte) ([]byte, error) {
	if w.bare {
		return w.body.AppendJSON(dst)
	}
	dst = codec.AppendString(append(dst, '{'), w.key)
	dst, err := w.body.AppendJSON(append(dst, ':'))
	return append(dst, '}'), err
}

// An unwrapper reads a result from the place that a Reply names: into a value, or, if
// that is nil, the constant ack.
type unwrapper struct {
	key  string
	bare bool
	into codec.Unmarshaler
	ack  string
}

func unwrap(r runtime.Reply, a *runtime.Action, req *runtime.Request) unwrapper {
	key, ok := r.ResultKey(a, req)
	return unwrapper{key: key, bare: !ok}
}

// DecodeJSON reads the whole body from d. It skips all keys but the result's.
func (u *unwrapper) DecodeJSON(d *codec.Decoder) {
	if u.bare {
		u.result(d)
		return
	}
	at := d.Object()
	var seen uint64
	for d.Member() {
		if d.Name() == u.key {
			seen = d.Seen(seen, 0)
			u.result(d)
		} else {
			d.Skip()
		}
	}
	d.Require(at, seen, u.key)
}

func (u *unwrapper) result(d *codec.Decoder) {
	if u.into == nil {
		d.Const(u.ack)
		return
	}
	u.into.DecodeJSON(d)
}
