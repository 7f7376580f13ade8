package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// This file writes what reads one value from the decoder d.

// scalar returns the expression that reads a t, such as d.String(), or nil if
// reading it takes statements.
func (e *emitter) scalar(t *model.Type) *jen.Statement {
	if e.n.typ[t] != "" || t.Import[lang] != "" {
		return nil
	}
	if method := scalarMethod(t); method != "" {
		return dec(method)
	}
	return nil
}

// scalarMethod returns the decoder's method for the values of t; "" if there
// is none.
func scalarMethod(t *model.Type) string {
	switch t.Kind {
	case model.Any:
		return "Raw"
	case model.Bool:
		return "Bool"
	case model.Int:
		return "Int64"
	case model.Uint:
		return "Uint64"
	case model.Float:
		return "Float64"
	case model.Number:
		return "Number"
	case model.Integer:
		return "Integer"
	case model.String:
		return "String"
	case model.Bytes:
		return "Base64"
	case model.DateTime:
		return "DateTime"
	case model.Addr:
		if t.Checks.Format == "ipv4" {
			return "IPv4"
		}
		return "IPv6"
	}
	return ""
}

// read writes what reads a t into p, which is held as s says.
func (e *emitter) read(p place, t *model.Type, s slot, depth int) []jen.Code {
	switch s {
	case plain, nilable:
		return e.readPlain(p, t, depth)
	case flag:
		return append(e.readPlain(p, t, depth), p.assign(jen.True()))
	case constText, constInt:
		return append(e.readPlain(p, t, depth), p.assign(enumValue(t.Values[0], enumKind(t))))
	case pointer:
		return e.readPointer(p, t, depth)
	}
	panic(fmt.Sprintf("golang: no rule to read slot %v", s))
}

// readPointer writes
//
//	v.Name = new(d.String())
//	d.Length(*v.Name, 1, 64)
func (e *emitter) readPointer(p place, t *model.Type, depth int) []jen.Code {
	inside := p.pointee()
	if read := e.scalar(t); read != nil {
		return e.judged(t, []jen.Code{p.assign(jen.New(read))}, inside)
	}
	return append([]jen.Code{p.assign(jen.New(e.goType(t)))}, e.readPlain(inside, t, depth)...)
}

// readOptional writes
//
//	if d.Null() {
//		v.Name = codec.Null[string]()
//	} else {
//		v.Name = codec.Some(d.String())
//	}
func (e *emitter) readOptional(p place, t *model.Type, boxed bool, depth int) []jen.Code {
	elem := e.goType(t)
	if boxed {
		elem = jen.Op("*").Add(elem)
	}
	var some []jen.Code
	switch read := e.scalar(t); {
	case boxed:
		some = append([]jen.Code{jen.Id("some").Op(":=").New(e.goType(t))},
			e.readPlain(place{expr: jen.Id("some"), deref: true}, t, depth)...)
		some = append(some, p.assign(inCodec("Some").Call(jen.Id("some"))))
	case t.Kind == model.Const:
		some = append(e.readPlain(p, t, depth), p.assign(inCodec("Some").Call(jen.Struct().Values())))
	case read != nil && !e.checked(t):
		some = []jen.Code{p.assign(inCodec("Some").Call(read))}
	default:
		some = append(e.readVar("some", t, depth), p.assign(inCodec("Some").Call(jen.Id("some"))))
	}
	return []jen.Code{jen.If(dec("Null")).Block(
		p.assign(inCodec("Null").Types(elem).Call()),
	).Else().Block(some...)}
}

// readVar writes what reads a t into a new variable.
func (e *emitter) readVar(name string, t *model.Type, depth int) []jen.Code {
	if read := e.scalar(t); read != nil {
		return e.judged(t, []jen.Code{jen.Id(name).Op(":=").Add(read)}, at(jen.Id(name)))
	}
	if e.n.typ[t] == "" && t.Import[lang] == "" && (t.Kind == model.List || t.Kind == model.Map) {
		code := e.readPlain(at(jen.Id(name)), t, depth)
		first := 0
		if e.needsStart(t) {
			first = 1 // behind at := d.Offset()
		}
		code[first] = jen.Id(name).Op(":=").Make(e.goType(t))
		if t.Kind == model.List {
			code[first] = jen.Id(name).Op(":=").Add(makeList(e.goType(t)))
		}
		return code
	}
	return append([]jen.Code{jen.Var().Id(name).Add(e.goType(t))}, e.readPlain(at(jen.Id(name)), t, depth)...)
}

// readPlain writes what reads a t into p, a variable of t's type.
func (e *emitter) readPlain(p place, t *model.Type, depth int) []jen.Code {
	switch {
	case t.Import[lang] != "":
		address := jen.Op("&").Add(p.expr)
		if p.deref {
			address = jen.Add(p.expr)
		}
		return e.judged(t, []jen.Code{dec("Foreign", address)}, p)
	case t.Kind == model.Const:
		return e.judged(t, []jen.Code{dec("Const", text(t.Values[0].JSON))}, p)
	case t.Kind == model.Never:
		return []jen.Code{dec("Never")}
	case e.n.typ[t] != "":
		return []jen.Code{p.operand().Dot("DecodeJSON").Call(jen.Id("d"))}
	}
	if read := e.scalar(t); read != nil {
		return e.judged(t, []jen.Code{p.assign(read)}, p)
	}
	return e.judged(t, e.readInside(p, t, e.goType(t), depth), p)
}

// readInside writes what reads a list, a map or a nullable value into p, of
// the given Go type.
func (e *emitter) readInside(p place, t *model.Type, goType *jen.Statement, depth int) []jen.Code {
	switch t.Kind {
	case model.List:
		return e.readList(p, t, goType, depth)
	case model.Map:
		return e.readMap(p, t, goType, depth)
	case model.Nullable:
		return []jen.Code{jen.If(jen.Op("!").Add(dec("Null"))).Block(e.read(p, t.Elem, nullSlot(t.Elem), depth)...)}
	}
	panic(fmt.Sprintf("golang: no rule to read %v in place", t.Kind))
}

// readList writes
//
//	v.Labels = make([]string, 0, d.Array())
//	for d.Element() {
//		v.Labels = append(v.Labels, d.String())
//	}
func (e *emitter) readList(p place, t *model.Type, goType *jen.Statement, depth int) []jen.Code {
	return []jen.Code{
		p.assign(makeList(goType)),
		jen.For(dec("Element")).Block(e.readItem(p, t.Elem, depth)...),
	}
}

func makeList(goType *jen.Statement) *jen.Statement {
	return jen.Make(goType, jen.Lit(0), dec("Array"))
}

// readItem writes what appends the next item to the slice p.
func (e *emitter) readItem(p place, elem *model.Type, depth int) []jen.Code {
	if elem.Kind == model.Never && e.n.typ[elem] == "" {
		return []jen.Code{dec("NeverItem")}
	}
	add := func(item jen.Code) jen.Code { return p.assign(jen.Append(p.value(), item)) }
	if read := e.scalar(elem); read != nil && !e.checked(elem) {
		return []jen.Code{add(read)}
	}
	if e.isStruct(elem) {
		last := p.indexed().Index(jen.Len(p.value()).Op("-").Lit(1))
		return []jen.Code{add(e.goType(elem).Values()), last.Dot("DecodeJSON").Call(jen.Id("d"))}
	}
	item := local("item", depth)
	return append(e.readVar(item, elem, depth+1), add(jen.Id(item)))
}

// isStruct tells whether t is a struct in Go, declared by us.
func (e *emitter) isStruct(t *model.Type) bool {
	if e.n.typ[t] == "" || t.Import[lang] != "" {
		return false
	}
	switch t.Kind {
	case model.Struct, model.Union, model.Tuple, model.DateTime, model.Addr, model.Nullable:
		return true
	}
	return false
}

// readMap writes
//
//	v.Env = make(map[string]string)
//	d.Object()
//	for d.Member() {
//		name := codec.Key(d, v.Env)
//		v.Env[name] = d.String()
//	}
func (e *emitter) readMap(p place, t *model.Type, goType *jen.Statement, depth int) []jen.Code {
	return []jen.Code{
		p.assign(jen.Make(goType)),
		dec("Object"),
		jen.For(dec("Member")).Block(e.readEntry(p, t.Elem, depth)...),
	}
}

// readEntry writes what reads the current member into the map p.
func (e *emitter) readEntry(p place, elem *model.Type, depth int) []jen.Code {
	name, value := local("name", depth), local("value", depth)
	entry := p.indexed().Index(jen.Id(name))
	code := []jen.Code{jen.Id(name).Op(":=").Add(inCodec("Key").Call(jen.Id("d"), p.value()))}
	if read := e.scalar(elem); read != nil && !e.checked(elem) {
		return append(code, entry.Op("=").Add(read))
	}
	code = append(code, e.readVar(value, elem, depth+1)...)
	return append(code, entry.Op("=").Id(value))
}
