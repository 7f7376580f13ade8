package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// A decl is what is written of a named type: its declaration, with its constants,
// and its methods, which stand in another file.
type decl struct{ typ, methods []jen.Code }

// declaration writes a named type.
func (e *emitter) declaration(t *model.Type) decl {
	d := e.kindDecl(t)
	if e.n.holdsSecret(t) {
		d.methods = append(d.methods, e.logged(t)...)
	}
	return d
}

// kindDecl is declaration without what only some types of a kind have.
func (e *emitter) kindDecl(t *model.Type) decl {
	switch {
	case t.Import[lang] != "":
		return e.wrapperDecl(t)
	case t.Kind == model.Struct:
		return e.structDecl(t)
	case t.Kind == model.Union:
		return e.unionDecl(t)
	case t.Kind == model.Enum:
		return e.enumDecl(t)
	case t.Kind == model.Tuple:
		return e.tupleDecl(t)
	}
	return e.simpleDecl(t)
}

// declared writes
//
//	// ObjectID is the key of a document.
//	type ObjectID string
func (e *emitter) declared(t *model.Type, underlying jen.Code, sentences ...string) []jen.Code {
	return []jen.Code{jen.Line(), e.typeDoc(t, sentences...), jen.Type().Id(e.n.typ[t]).Add(underlying)}
}

// methods writes the methods that every type has, around what decodes and
// what encodes it.
func (e *emitter) methods(t *model.Type, decode, encode []jen.Code) []jen.Code {
	name := e.n.typ[t]
	ptr := func() *jen.Statement { return jen.Func().Params(jen.Id("v").Op("*").Id(name)) }
	val := func() *jen.Statement { return jen.Func().Params(jen.Id("v").Id(name)) }
	own := val // the receiver of methods that only read
	if byPointer(t) {
		own = ptr
	}
	code := []jen.Code{
		jen.Line(), jen.Comment("// DecodeJSON reads v from d and checks it."),
		ptr().Id("DecodeJSON").Params(jen.Id("d").Op("*").Add(inCodec("Decoder"))).Block(decode...),

		jen.Line(), jen.Comment("// AppendJSON appends v to b. It doesn't validate v."),
		own().Id("AppendJSON").Params(jen.Id("b").Index().Byte()).
			Params(jen.Index().Byte(), jen.Error()).Block(encode...),
	}
	if e.n.carrier[t] {
		return code // only this package uses it
	}
	return append(code,
		jen.Line(), jen.Comment("// UnmarshalJSON decodes and checks a whole document."),
		ptr().Id("UnmarshalJSON").Params(jen.Id("data").Index().Byte()).Error().
			Add(oneLine(inCodec("Unmarshal").Call(jen.Id("data"), jen.Id("v")))),

		jen.Line(), jen.Comment("// MarshalJSON returns what AppendJSON appends."),
		val().Id("MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).
			Add(oneLine(jen.Id("v").Dot("AppendJSON").Call(jen.Nil()))),

		jen.Line(), jen.Comment("// Validate returns the first thing in v that the "+e.source()+" doesn't allow, or nil."),
		own().Id("Validate").Params().Error().
			Add(oneLine(inCodec("Validate").Call(jen.Id("v"), jen.New(jen.Id(name))))),
	)
}

// byPointer reports whether methods that only read a t take a pointer to it,
// because copying it costs. MarshalJSON doesn't, since encoding/json wouldn't find
// it for a t that isn't addressable.
func byPointer(t *model.Type) bool {
	if t.Import[lang] != "" {
		return false
	}
	switch t.Kind {
	case model.Struct, model.Union, model.Tuple:
		return true
	}
	return false
}

// oneLine is the body of a function that returns value, on the line of its
// signature.
func oneLine(value jen.Code) jen.Code {
	return jen.Op("{").Return(value).Op("}")
}

// appending is the body of an AppendJSON: the variable err, if anything needs
// it, and the statements of write.
func (e *emitter) appending(write func(w *writer)) []jen.Code {
	w := &writer{emitter: e, fail: new(bool)}
	write(w)
	if *w.fail {
		return append([]jen.Code{jen.Var().Err().Error()}, w.code...)
	}
	return w.code
}

// end writes the return of an AppendJSON, with the constant text that was
// held back.
func (w *writer) end() {
	result := jen.Id("b")
	if w.text != "" {
		result = appendText(w.text)
	}
	w.text = ""
	w.code = append(w.code, jen.Return(result, jen.Nil()))
}

// simpleDecl writes a named type of a kind that could be written in place.
func (e *emitter) simpleDecl(t *model.Type) decl {
	name := e.n.typ[t]
	switch t.Kind {
	case model.DateTime, model.Addr:
		return e.embedded(t)
	case model.Nullable:
		return e.nullableDecl(t)
	case model.Const:
		return decl{e.declared(t, jen.Struct(), "It's always "+constantText(t)+"."),
			e.methods(t, e.readConst(t), e.appending(func(w *writer) {
				w.lit(t.Values[0].JSON)
				w.end()
			}))}
	case model.List, model.Map:
		return decl{e.declared(t, e.underlying(t)), e.methods(t,
			e.judged(t, e.readInside(receiver(), t, jen.Id(name), 0), receiver()),
			e.appending(func(w *writer) {
				w.inside(at(jen.Id("v")), t)
				w.end()
			}))}
	}
	return e.scalarDecl(t)
}

// inside writes what appends the list or map in p, even if it has a name.
func (w *writer) inside(p place, t *model.Type) {
	if t.Kind == model.List {
		w.list(p, t, 0)
	} else {
		w.entries(p, t, 0)
	}
}

func (e *emitter) readConst(t *model.Type) []jen.Code {
	return e.judged(t, []jen.Code{dec("Const", text(t.Values[0].JSON))}, receiver())
}

// scalarDecl writes
//
//	type ObjectID string
//
//	func (v *ObjectID) DecodeJSON(d *codec.Decoder) {
//		*v = ObjectID(d.String())
//		d.Match(string(*v), reObjectID)
//	}
func (e *emitter) scalarDecl(t *model.Type) decl {
	name := e.n.typ[t]
	var decode []jen.Code
	if t.Kind == model.Never {
		decode = []jen.Code{dec("Never")}
	} else {
		decode = e.judged(t, []jen.Code{receiver().assign(jen.Id(name).Call(dec(scalarMethod(t))))}, receiver())
	}
	return decl{e.declared(t, e.underlying(t)), e.methods(t, decode, scalarReturn(t.Kind, e.underlying(t).Call(jen.Id("v"))))}
}

// scalarReturn is the body of an AppendJSON that appends the scalar x.
func scalarReturn(k model.Kind, x *jen.Statement) []jen.Code {
	call, fails := appendScalar(k, x)
	if fails {
		return []jen.Code{jen.Return(call)}
	}
	return []jen.Code{jen.Return(call, jen.Nil())}
}

// embedded writes
//
//	type Started struct{ codec.DateTime }
func (e *emitter) embedded(t *model.Type) decl {
	what := "DateTime"
	if t.Kind == model.Addr {
		what = "Addr"
	}
	inner := field(what)
	return decl{e.declared(t, jen.Struct(inCodec(what))), e.methods(t,
		e.judged(t, []jen.Code{jen.Add(inner).Op("=").Add(dec(scalarMethod(t)))}, at(inner)),
		scalarReturn(t.Kind, inner))}
}

// nullableDecl writes
//
//	// Owner … It's null if Value is nil.
//	type Owner struct{ Value *User }
func (e *emitter) nullableDecl(t *model.Type) decl {
	s := nullSlot(t.Elem)
	value := at(field("Value"))
	decode := []jen.Code{
		receiver().assign(jen.Id(e.n.typ[t]).Values()),
		jen.If(jen.Op("!").Add(dec("Null"))).Block(e.read(value, t.Elem, s, 0)...),
	}
	encode := e.appending(func(w *writer) {
		null := w.block()
		null.lit("null")
		null.end()
		w.add(jen.If(missing(value, s)).Block(null.code...))
		w.returned(value, t.Elem, s)
	})
	about := "Null is a nil Value."
	if s == flag {
		about = "Null is a false Value."
	}
	return decl{e.declared(t, jen.Struct(jen.Id("Value").Add(e.slotType(s, t.Elem, false))), about),
		e.methods(t, e.judged(t, decode, receiver()), encode)}
}

// wrapperDecl writes a struct around a type of the author's own, which has
// none of our methods.
func (e *emitter) wrapperDecl(t *model.Type) decl {
	value := at(field("Value"))
	return decl{e.declared(t, jen.Struct(jen.Id("Value").Add(e.goType(t)))), e.methods(t,
		e.readPlain(value, t, 0),
		[]jen.Code{jen.Return(inCodec("AppendForeign").Call(jen.Id("b"), value.value()))})}
}

// alias writes a second name for a type:
//
//	// Root is the whole of order.json.
//	type Root = Order
func (e *emitter) alias(a *model.Alias) []jen.Code {
	name := e.n.alias[a]
	about := fmt.Sprintf("%s is the whole of %s.", name, e.c.Source)
	return []jen.Code{jen.Line(), jen.Comment(comment(about, 0)), jen.Type().Id(name).Op("=").Add(e.goType(a.Type))}
}
