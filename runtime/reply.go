package runtime

import "github.com/tpp-rpc/tpp/runtime/codec"

// A Reply says where a result sits in the body of a response.
type Reply struct {
	kind replyKind
	name string
}

type replyKind int

const (
	replyKeyed replyKind = iota
	replyBare
	replyKey
	replyKeyFrom
)

// Keyed puts a result under the name of the action: {"list-funcs": result}.
// It is the zero Reply. Bare makes the result itself the body.
var (
	Keyed = Reply{}
	Bare  = Reply{kind: replyBare}
)

// Key puts a result under name.
func Key(name string) Reply { return Reply{replyKey, name} }

// KeyFrom puts a result under the value of the request's parameter of that
// name.
func KeyFrom(parameter string) Reply { return Reply{replyKeyFrom, parameter} }

// key returns the key under which the results of a call of a sit; it isn't
// asked for when r is Bare.
func (r Reply) key(a *Action, req *Request) string {
	switch r.kind {
	case replyKey:
		return r.name
	case replyKeyFrom:
		return req.parameter(r.name)
	}
	return a.Name
}

// A wrapped is a Message that holds another where a Reply says.
type wrapped struct {
	bare bool
	key  string
	body Message
}

func wrap(r Reply, a *Action, req *Request) wrapped {
	if r.kind == replyBare {
		return wrapped{bare: true}
	}
	return wrapped{key: r.key(a, req)}
}

// AppendJSON appends the whole body.
func (w *wrapped) AppendJSON(dst []byte) ([]byte, error) {
	if w.bare {
		return w.body.AppendJSON(dst)
	}
	dst = codec.AppendString(append(dst, '{'), w.key)
	dst, err := w.body.AppendJSON(append(dst, ':'))
	return append(dst, '}'), err
}

// An unwrapped reads a result from where a Reply says: into a value, or if
// that is nil the constant ack.
type unwrapped struct {
	bare bool
	key  string
	into codec.Unmarshaler
	ack  string
}

func unwrap(r Reply, a *Action, req *Request) unwrapped {
	if r.kind == replyBare {
		return unwrapped{bare: true}
	}
	return unwrapped{key: r.key(a, req)}
}

// DecodeJSON reads the whole body from d. Keys beside the result's are skipped.
func (u *unwrapped) DecodeJSON(d *codec.Decoder) {
	if u.bare {
		u.result(d)
		return
	}
	at := d.Object()
	var seen uint64
	for d.Member() {
		if d.Name() == u.key {
			seen = d.Seen(seen, 1)
			u.result(d)
		} else {
			d.Skip()
		}
	}
	d.Require(at, seen, 1, u.key)
}

func (u *unwrapped) result(d *codec.Decoder) {
	if u.into == nil {
		d.Const(u.ack)
		return
	}
	u.into.DecodeJSON(d)
}
