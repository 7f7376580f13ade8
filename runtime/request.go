package runtime

import (
	"bytes"
	"context"
	"iter"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A Request is what one call asks for. It belongs to the call: don't keep it, its Body or
// its Envelope after the Func that it was passed to has returned.
type Request struct {
	// Action is the action's name on the wire.
	Action string

	// Body holds the parameters. Nil means that there is none, which reads as {}.
	Body Message

	// Envelope is an object with the keys other than token, action and body; nil if
	// there are none.
	Envelope Message

	// Extra is an object with keys that a client sends in addition to Envelope, for
	// interceptors that add keys of their own. If nil, there are none. On a server it is
	// nil: Envelope has all keys.
	Extra Message

	// Token is what a client sends instead of the token it was set up with; "" means
	// that one. On a server it is always "".
	Token string

	// Upload yields the items that the caller uploads, in order; nil if the action takes
	// none. A client yields them, and an error cancels the call. On a server they are what
	// has come, and the last error is that of the call's context or of its peer. It can be
	// read once, by one goroutine, while the call lasts. An item is valid until the next.
	Upload iter.Seq2[Message, error]

	// Info is what the contract says about the action; nil if it isn't known.
	Info *Action
}

var (
	emptyObject = []byte("{}")
	null        = []byte("null")
)

// Decode reads the body into v. A body that is absent or null is read as an
// empty object unless v takes null. An error is a bad request, or that of ctx if it
// ends while checks take long.
func (r *Request) Decode(ctx context.Context, v codec.Unmarshaler) error {
	err := r.decode(ctx, v)
	switch {
	case err == nil:
		return nil
	case err == ctx.Err():
		return err
	}
	return BadRequest.Errorf("bad request: %w", err)
}

func (r *Request) decode(ctx context.Context, v codec.Unmarshaler) error {
	raw, isRaw := r.Body.(*Raw)
	switch {
	case r.Body == nil, isRaw && (raw == nil || len(*raw) == 0):
		err := codec.Unmarshal(emptyObject, v)
		if err != nil && codec.Unmarshal(null, v) == nil {
			return nil
		}
		return err
	case isRaw && bytes.Equal(*raw, null):
		if codec.Unmarshal(null, v) == nil {
			return nil
		}
		return codec.Unmarshal(emptyObject, v)
	}
	return Decode(ctx, r.Body, v)
}

// parameter returns the string that the body holds under name, and "" if
// there is none.
func (r *Request) parameter(name string) string {
	p := parameter{name: name}
	if r.Body == nil || Decode(context.Background(), r.Body, &p) != nil {
		return ""
	}
	return p.value
}

// A parameter reads one string property of an object and nothing else.
type parameter struct{ name, value string }

// DecodeJSON reads p from d.
func (p *parameter) DecodeJSON(d *codec.Decoder) {
	p.value, _ = d.Discriminator(p.name)
	d.Skip()
}
