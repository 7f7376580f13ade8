package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// A slot is how a place holds a value that may be missing.
type slot int

const (
	plain     slot = iota // T: the value is always there
	nilable               // T, a slice or map: nil is missing
	pointer               // *T: nil is missing
	flag                  // bool: the value is a constant, false is missing
	optional              // codec.Optional[T]: missing and null are two things
	constText             // string: the value is a constant, "" is missing
	constInt              // int64: the value is a constant, 0 is missing
)

// String returns the name of s as it's declared here.
func (s slot) String() string {
	return [...]string{"plain", "nilable", "pointer", "flag", "optional", "constText", "constInt"}[s]
}

// held tells whether f has a field in Go. One that's always the same constant
// hasn't, and neither has one that can't be there.
func held(f *model.Field) bool {
	switch f.Type.Kind {
	case model.Const:
		return !f.Required
	case model.Never:
		return false
	}
	return true
}

// fieldSlot returns how f is held, and the type that its slot speaks of.
func (n *names) fieldSlot(f *model.Field) (slot, *model.Type) {
	t := f.Type
	switch {
	case f.Required && !n.boxed[f]:
		return plain, t
	case f.Required:
		return pointer, t
	case t.Kind == model.Nullable && n.typ[t] == "" && t.Import[lang] == "":
		return optional, t.Elem
	case t.Kind == model.Const && t.Import[lang] == "":
		return constSlot(t), t
	}
	return mayMiss(t), t
}

// constSlot returns how a constant property that may be missing is held: by its value, so that
// a program writes and reads it like any other, unless that is a value that stands for
// missing, or one that Go has no constant for.
func constSlot(t *model.Type) slot {
	switch enumKind(t) {
	case model.String:
		if stringOf(t.Values[0].JSON) != "" {
			return constText
		}
	case model.Int:
		if t.Values[0].JSON != "0" && t.Values[0].JSON != "-0" {
			return constInt
		}
	}
	return flag
}

// mayMiss returns how a T that may be missing is held.
func mayMiss(t *model.Type) slot {
	if t.Import[lang] != "" {
		return pointer
	}
	switch t.Kind {
	case model.List, model.Map, model.Bytes, model.Any:
		return nilable
	case model.Const:
		return flag
	}
	return pointer
}

// nullSlot returns how a Nullable of elem is held. The text of any value may
// be null itself, so nil can't stand for it.
func nullSlot(elem *model.Type) slot {
	if s := mayMiss(elem); s != nilable || elem.Kind == model.List || elem.Kind == model.Map {
		return s
	}
	return pointer
}

// slotType returns the Go type of a slot for t.
func (e *emitter) slotType(s slot, t *model.Type, boxed bool) *jen.Statement {
	switch s {
	case plain, nilable:
		return e.goType(t)
	case pointer:
		return jen.Op("*").Add(e.goType(t))
	case flag:
		return jen.Bool()
	case constText:
		return jen.String()
	case constInt:
		return jen.Int64()
	case optional:
		elem := e.goType(t)
		if boxed {
			elem = jen.Op("*").Add(elem)
		}
		return inCodec("Optional").Types(elem)
	}
	panic(fmt.Sprintf("golang: no rule for slot %v", s))
}

// goType returns the Go type of t where it's used.
func (e *emitter) goType(t *model.Type) *jen.Statement {
	if own := t.Import[lang]; own != "" {
		dot := strings.LastIndex(own, ".")
		return jen.Qual(own[:dot], own[dot+1:])
	}
	if name := e.n.typ[t]; name != "" {
		return jen.Id(name)
	}
	return e.underlying(t)
}

// underlying returns the Go type of t written in place.
func (e *emitter) underlying(t *model.Type) *jen.Statement {
	switch t.Kind {
	case model.Any, model.Never:
		return jen.Qual("encoding/json", "RawMessage")
	case model.Bool:
		return jen.Bool()
	case model.Int:
		return jen.Int64()
	case model.Uint:
		return jen.Uint64()
	case model.Float:
		return jen.Float64()
	case model.Number, model.Integer:
		return jen.Qual("encoding/json", "Number")
	case model.String:
		return jen.String()
	case model.Bytes:
		return jen.Index().Byte()
	case model.DateTime:
		return inCodec("DateTime")
	case model.Addr:
		return inCodec("Addr")
	case model.Const:
		return jen.Struct()
	case model.List:
		return jen.Index().Add(e.goType(t.Elem))
	case model.Map:
		return jen.Map(jen.String()).Add(e.goType(t.Elem))
	case model.Nullable:
		return e.slotType(nullSlot(t.Elem), t.Elem, false)
	}
	panic(fmt.Sprintf("golang: no type in place for %v", t.Kind))
}
