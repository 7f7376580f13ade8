package golang

// This file writes what encodes a struct.

import (
	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// object writes the AppendJSON of a struct.
func (w *writer) object(t *model.Type) {
	if name := w.n.other[t]; name != "" {
		w.add(jen.If(field(name).Op("!=").Nil()).Block(
			jen.Return(inCodec("AppendRaw").Call(jen.Id("b"), field(name)))))
	}
	w.demand(t)
	if len(t.Fields) > 0 && t.Fields[0].Required && t.Fields[0].Type.Kind != model.Never {
		w.lit("{")
		for i, f := range t.Fields {
			w.member(f, i > 0)
		}
		w.further(t)
		w.lit("}")
		w.end()
		return
	}
	if len(t.Fields) == 0 && len(t.Groups) == 0 && t.Open == nil {
		w.lit("{}")
		w.end()
		return
	}
	w.add(jen.Id("start").Op(":=").Len(jen.Id("b")))
	for _, f := range t.Fields {
		w.member(f, true)
	}
	w.further(t)
	w.flush()
	w.add(jen.Return(inCodec("EndObject").Call(jen.Id("b"), jen.Id("start")), jen.Nil()))
}

// demand writes what refuses to encode a value whose required field is nil:
//
//	if v.Next == nil {
//		return b, codec.MissingError("next")
//	}
func (w *writer) demand(t *model.Type) {
	for _, f := range t.Fields {
		if s, _ := w.n.fieldSlot(f); f.Required && held(f) && s == pointer {
			w.add(jen.If(missing(at(field(w.n.field[f])), s)).Block(
				jen.Return(jen.Id("b"), inCodec("MissingError").Call(text(f.Name)))))
		}
	}
}

// member writes what appends f, behind a comma unless it's the first.
func (w *writer) member(f *model.Field, comma bool) {
	name := model.Quote(f.Name) + ":"
	if comma {
		name = "," + name
	}
	if !held(f) {
		if f.Required && f.Type.Kind == model.Const {
			w.lit(name + f.Type.Values[0].JSON)
		}
		return
	}
	p := at(field(w.n.field[f]))
	s, of := w.n.fieldSlot(f)
	if f.Required {
		w.lit(name)
		w.slot(p, of, s, 0)
		return
	}
	inside := w.block()
	inside.lit(name)
	if s == optional {
		inside.optional(p, of, w.n.boxed[f])
	} else {
		inside.slot(p, of, s, 0)
	}
	w.add(jen.If(present(p, s)).Block(inside.done()...))
}

// optional writes
//
//	if value, ok := v.Name.Get(); ok {
//		b = codec.AppendString(b, value)
//	} else {
//		b = append(b, "null"...)
//	}
func (w *writer) optional(p place, t *model.Type, boxed bool) {
	some, null := w.block(), w.block()
	some.value(place{expr: jen.Id("value"), deref: boxed}, t, 0)
	null.lit("null")
	name := "value"
	if t.Kind == model.Const {
		name = "_"
	}
	w.add(jen.If(jen.List(jen.Id(name), jen.Id("ok")).Op(":=").Add(p.operand()).Dot("Get").Call(), jen.Id("ok")).
		Block(some.done()...).Else().Block(null.done()...))
}

// further writes what appends the properties that aren't named:
//
//	for _, name := range slices.Sorted(maps.Keys(v.Additional)) {
//		if b, err = codec.AppendName(b, name, "id"); err != nil {
//			return b, err
//		}
//		b = codec.AppendString(b, v.Additional[name])
//	}
func (w *writer) further(t *model.Type) {
	for _, g := range t.Groups {
		w.others(t, w.n.group[g], g.Type)
	}
	if t.Open == nil {
		return
	}
	p := at(field(w.n.further[t]))
	if t.Open.Kind == model.Any {
		w.try(inCodec("AppendUnknown").Call(jen.Id("b"), p.value()))
		return
	}
	w.others(t, w.n.further[t], t.Open)
}

// others writes what appends the properties in the map with the given name.
func (w *writer) others(t *model.Type, name string, elem *model.Type) {
	p := at(field(name))
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	w.flush()
	body := w.block()
	body.try(inCodec("AppendName").Call(append([]jen.Code{jen.Id("b"), jen.Id("name")}, texts(names)...)...))
	body.entry(p.indexed().Index(jen.Id("name")), elem, 0)
	w.add(jen.For(jen.List(jen.Id("_"), jen.Id("name")).Op(":=").Range().Add(sortedKeys(p))).Block(body.done()...))
}
