package golang

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// A tupleItem is one leading item of a tuple as Go holds it.
type tupleItem struct {
	typ  *model.Type
	slot slot
	name string // "" if it isn't held: a constant that must be there
	must bool   // the array can't be shorter
}

// tupleItems decides how the leading items of t are held. Items may be missing
// at the end of the array, unless it must have so many.
func (e *emitter) tupleItems(t *model.Type) []tupleItem {
	list := make([]tupleItem, len(t.Prefix))
	for i, item := range t.Prefix {
		list[i] = tupleItem{typ: item, slot: mayMiss(item), name: "Item" + strconv.Itoa(i), must: i < least(t)}
		switch {
		case !list[i].must && item.Kind == model.Any, item.Kind == model.Never:
		case list[i].must && !e.n.boxedItem[tupleIndex{t, i}]:
			list[i].slot = plain
			if item.Kind == model.Const {
				list[i].name = ""
			}
		}
	}
	return list
}

// tupleDecl writes a struct for an array whose leading items have types of
// their own:
//
//	// … It's an array, which ends in front of the first item that is nil.
//	type Point struct {
//		Item0 float64
//		Item1 *float64
//		Rest  []string
//	}
func (e *emitter) tupleDecl(t *model.Type) decl {
	items := e.tupleItems(t)
	var fields []jen.Code
	about := "It's an array."
	for _, item := range items {
		if item.name != "" {
			fields = append(fields, jen.Id(item.name).Add(e.slotType(item.slot, item.typ, false)))
		}
		if !item.must {
			about = "It's an array, which ends in front of the first item that is nil."
		}
	}
	if e.hasRest(t) {
		fields = append(fields, jen.Id("Rest").Index().Add(e.goType(t.Elem)))
	}
	return decl{e.declared(t, jen.Struct(fields...), about),
		e.methods(t, e.tupleDecode(t, items), e.appending(func(w *writer) { w.tuple(t, items) }))}
}

func (e *emitter) hasRest(t *model.Type) bool { return t.Elem != nil && t.Elem.Kind != model.Never }

// tupleDecode writes
//
//	*v = Point{}
//	at, n := d.Offset(), 0
//	d.Array()
//	for ; d.Element(); n++ {
//		switch n {
//		case 0:
//			v.Item0 = d.Float64()
//		default:
//			v.Rest = append(v.Rest, d.String())
//		}
//	}
//	d.Items(at, n, 1, -1)
func (e *emitter) tupleDecode(t *model.Type, items []tupleItem) []jen.Code {
	var cases []jen.Code
	for i, item := range items {
		p := place{}
		if item.name != "" {
			p = at(field(item.name))
		}
		cases = append(cases, jen.Case(jen.Lit(i)).Block(e.read(p, item.typ, item.slot, 0)...))
	}
	rest := []jen.Code{dec("NeverItem")}
	if e.hasRest(t) {
		rest = e.readItem(at(field("Rest")), t.Elem, 0)
	}
	cases = append(cases, jen.Default().Block(rest...))
	checks := listChecks(&t.Checks, jen.Id("n"))
	if t.Rules != nil {
		checks = append(checks, e.check(t))
	}
	checks = append(checks, conceal(t)...)
	code := []jen.Code{receiver().assign(jen.Id(e.n.typ[t]).Values())}
	if len(checks) > 0 {
		code = append(code, jen.Id("at").Op(":=").Add(dec("Offset")))
	}
	code = append(code,
		jen.Id("n").Op(":=").Lit(0),
		dec("Array"),
		jen.For(jen.Op(";").Add(dec("Element")).Op(";").Id("n").Op("++")).Block(jen.Switch(jen.Id("n")).Block(cases...)),
	)
	return append(code, checks...)
}

// tuple writes the AppendJSON of a tuple. An item that's missing ends the
// array:
//
//	if v.Item1 == nil {
//		return append(b, ']'), nil
//	}
func (w *writer) tuple(t *model.Type, items []tupleItem) {
	w.lit("[")
	for i, item := range items {
		p := at(field(item.name))
		switch {
		case item.must && item.slot == pointer:
			w.add(jen.If(missing(p, item.slot)).Block(
				jen.Return(jen.Id("b"), inCodec("MissingError").Call(jen.Lit(item.name)))))
		case !item.must:
			w.flush()
			w.add(jen.If(missing(p, item.slot)).Block(jen.Return(appendText("]"), jen.Nil())))
		}
		if i > 0 {
			w.lit(",")
		}
		w.slot(p, item.typ, item.slot, 0)
	}
	if w.hasRest(t) {
		w.rest(t, len(items) > 0)
	}
	w.lit("]")
	w.end()
}

// rest writes what appends the items behind the leading ones.
func (w *writer) rest(t *model.Type, comma bool) {
	p := at(field("Rest"))
	if !comma {
		w.list(p, t, 0)
		return
	}
	w.flush()
	body := w.block()
	body.lit(",")
	vars := []jen.Code{jen.Id("_"), jen.Id("item")}
	if t.Elem.Kind == model.Const {
		vars = nil
	}
	body.value(at(jen.Id("item")), t.Elem, 1)
	loop := jen.Range().Add(p.value())
	if vars != nil {
		loop = jen.List(vars...).Op(":=").Add(loop)
	}
	w.add(jen.For(loop).Block(body.done()...))
}
