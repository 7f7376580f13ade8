package codec_test

import (
	"encoding/json"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// Any is a value of any kind, decoded with every method of the Decoder, which
// is compared with what encoding/json makes of the same document.
type Any struct{ Value any }

func (v *Any) DecodeJSON(d *codec.Decoder) {
	*v = Any{}
	switch d.Type() {
	case codec.TypeNull:
		d.Null()
	case codec.TypeBool:
		v.Value = d.Bool()
	case codec.TypeNumber:
		v.Value = d.Number()
	case codec.TypeString:
		v.Value = d.String()
	case codec.TypeArray:
		list := make([]any, 0, d.Array())
		for d.Element() {
			var e Any
			e.DecodeJSON(d)
			list = append(list, e.Value)
		}
		v.Value = list
	case codec.TypeObject:
		object := make(map[string]any)
		d.Object()
		for d.Member() {
			name := codec.Key(d, object)
			var e Any
			e.DecodeJSON(d)
			object[name] = e.Value
		}
		v.Value = object
	default:
		d.Skip()
	}
}

// Skipped is a value that is passed over.
type Skipped struct{}

func (v *Skipped) DecodeJSON(d *codec.Decoder) { d.Skip() }

// Raw is a value that is kept as it is.
type Raw struct{ Value json.RawMessage }

func (v *Raw) DecodeJSON(d *codec.Decoder) { v.Value = d.Raw() }

// A Func decodes by whatever a test wants to try.
type Func func(d *codec.Decoder)

func (f Func) DecodeJSON(d *codec.Decoder) { f(d) }
