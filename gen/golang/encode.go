package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// A writer collects the statements that append a value to b. Constant text is
// held back, so that what follows on each other is appended at once.
type writer struct {
	*emitter
	code []jen.Code
	text string // constant text that isn't in code yet
	fail *bool  // set when a statement needs the variable err
}

// block returns a writer for a block inside of w.
func (w *writer) block() *writer { return &writer{emitter: w.emitter, fail: w.fail} }

// lit appends constant text.
func (w *writer) lit(s string) { w.text += s }

// flush writes the constant text that was held back:
//
//	b = append(b, `,"name":`...)
func (w *writer) flush() {
	if w.text != "" {
		w.code = append(w.code, jen.Id("b").Op("=").Add(appendText(w.text)))
	}
	w.text = ""
}

// appendText is the expression that appends constant text to b.
func appendText(s string) *jen.Statement {
	if len(s) == 1 && s != "'" {
		return jen.Append(jen.Id("b"), jen.Op("'"+s+"'"))
	}
	return jen.Append(jen.Id("b"), text(s).Op("..."))
}

func (w *writer) add(code ...jen.Code) {
	w.flush()
	w.code = append(w.code, code...)
}

// set writes b = value.
func (w *writer) set(value jen.Code) { w.add(jen.Id("b").Op("=").Add(value)) }

// try writes
//
//	if b, err = value; err != nil {
//		return b, err
//	}
func (w *writer) try(value jen.Code) {
	*w.fail = true
	w.add(jen.If(jen.List(jen.Id("b"), jen.Err()).Op("=").Add(value), jen.Err().Op("!=").Nil()).Block(
		jen.Return(jen.Id("b"), jen.Err()),
	))
}

// done returns the statements of a block.
func (w *writer) done() []jen.Code {
	w.flush()
	return w.code
}

// slot writes what appends the value in p, which isn't missing.
func (w *writer) slot(p place, t *model.Type, s slot, depth int) {
	switch s {
	case plain, nilable, flag:
		w.value(p, t, depth)
	case constText:
		w.set(inCodec("AppendString").Call(jen.Id("b"), p.value()))
	case constInt:
		w.set(jen.Qual("strconv", "AppendInt").Call(jen.Id("b"), p.value(), jen.Lit(10)))
	case pointer:
		w.value(p.pointee(), t, depth)
	default:
		panic(fmt.Sprintf("golang: no rule to write slot %v", s))
	}
}

// value writes what appends the t in p.
func (w *writer) value(p place, t *model.Type, depth int) {
	switch {
	case t.Import[lang] != "":
		w.try(inCodec("AppendForeign").Call(jen.Id("b"), p.value()))
	case t.Kind == model.Const:
		w.lit(t.Values[0].JSON)
	case w.n.typ[t] != "":
		w.try(p.operand().Dot("AppendJSON").Call(jen.Id("b")))
	case t.Kind == model.List:
		w.list(p, t, depth)
	case t.Kind == model.Map:
		w.entries(p, t, depth)
	case t.Kind == model.Nullable:
		w.nullable(p, t.Elem, depth)
	default:
		call, fails := appendScalar(t.Kind, p.value())
		if fails {
			w.try(call)
		} else {
			w.set(call)
		}
	}
}

// appendScalar is the expression that appends x to b, and whether it returns
// an error as well.
func appendScalar(k model.Kind, x *jen.Statement) (call *jen.Statement, fails bool) {
	b := jen.Id("b")
	switch k {
	case model.Any, model.Never:
		return inCodec("AppendRaw").Call(b, x), true
	case model.Bool:
		return jen.Qual("strconv", "AppendBool").Call(b, x), false
	case model.Int:
		return jen.Qual("strconv", "AppendInt").Call(b, x, jen.Lit(10)), false
	case model.Uint:
		return jen.Qual("strconv", "AppendUint").Call(b, x, jen.Lit(10)), false
	case model.Float:
		return inCodec("AppendFloat").Call(b, x), true
	case model.Number, model.Integer:
		return inCodec("AppendNumber").Call(b, x), true
	case model.String:
		return inCodec("AppendString").Call(b, x), false
	case model.Bytes:
		return inCodec("AppendBase64").Call(b, x), false
	case model.DateTime:
		return inCodec("AppendDateTime").Call(b, x), true
	case model.Addr:
		return inCodec("AppendAddr").Call(b, x), true
	}
	panic(fmt.Sprintf("golang: no rule to write %v", k))
}

// list writes
//
//	b = append(b, '[')
//	for i, item := range v.Labels {
//		if i > 0 {
//			b = append(b, ',')
//		}
//		b = codec.AppendString(b, item)
//	}
//	b = append(b, ']')
//
// and for items that are structs, which needn't be copied, v.Steps[i].
func (w *writer) list(p place, t *model.Type, depth int) {
	i, item := local("i", depth), local("item", depth)
	w.lit("[")
	w.flush()
	body := w.block()
	body.add(comma(i))
	vars := []jen.Code{jen.Id(i)}
	switch elem := t.Elem; {
	case w.isStruct(elem):
		body.value(at(p.indexed().Index(jen.Id(i))), elem, depth+1)
	case elem.Kind == model.Const:
		body.value(at(jen.Null()), elem, depth+1)
	default:
		vars = append(vars, jen.Id(item))
		body.value(at(jen.Id(item)), elem, depth+1)
	}
	w.add(jen.For(jen.List(vars...).Op(":=").Range().Add(p.value())).Block(body.done()...))
	w.lit("]")
}

// comma writes
//
//	if i > 0 {
//		b = append(b, ',')
//	}
func comma(i string) jen.Code {
	return jen.If(jen.Id(i).Op(">").Lit(0)).Block(jen.Id("b").Op("=").Add(appendText(",")))
}

// entries writes
//
//	b = append(b, '{')
//	for i, name := range slices.Sorted(maps.Keys(v.Env)) {
//		if i > 0 {
//			b = append(b, ',')
//		}
//		b = append(codec.AppendString(b, name), ':')
//		b = codec.AppendString(b, v.Env[name])
//	}
//	b = append(b, '}')
func (w *writer) entries(p place, t *model.Type, depth int) {
	i, name := local("i", depth), local("name", depth)
	w.lit("{")
	w.flush()
	body := w.block()
	body.add(comma(i))
	body.set(jen.Append(inCodec("AppendString").Call(jen.Id("b"), jen.Id(name)), jen.LitRune(':')))
	body.entry(p.indexed().Index(jen.Id(name)), t.Elem, depth)
	w.add(jen.For(jen.List(jen.Id(i), jen.Id(name)).Op(":=").Range().Add(sortedKeys(p))).Block(body.done()...))
	w.lit("}")
}

// entry writes what appends an entry of a map, which has no address.
func (w *writer) entry(entry *jen.Statement, elem *model.Type, depth int) {
	if w.n.typ[elem] != "" && byPointer(elem) {
		value := local("value", depth)
		w.add(jen.Id(value).Op(":=").Add(entry))
		entry = jen.Id(value)
	}
	w.value(at(entry), elem, depth+1)
}

func sortedKeys(p place) *jen.Statement {
	return jen.Qual("slices", "Sorted").Call(jen.Qual("maps", "Keys").Call(p.value()))
}

// nullable writes
//
//	if v.Name == nil {
//		b = append(b, "null"...)
//	} else {
//		b = codec.AppendString(b, *v.Name)
//	}
func (w *writer) nullable(p place, elem *model.Type, depth int) {
	s := nullSlot(elem)
	null, other := w.block(), w.block()
	null.lit("null")
	other.slot(p, elem, s, depth)
	w.add(jen.If(missing(p, s)).Block(null.done()...).Else().Block(other.done()...))
}

// missing is the condition that the slot at p holds nothing.
func missing(p place, s slot) *jen.Statement {
	switch s {
	case flag:
		return jen.Op("!").Add(p.value())
	case constText:
		return p.value().Op("==").Lit("")
	case constInt:
		return p.value().Op("==").Lit(0)
	case optional:
		return p.operand().Dot("IsAbsent").Call()
	}
	return p.value().Op("==").Nil()
}

// present is the condition that the slot at p holds something.
func present(p place, s slot) *jen.Statement {
	switch s {
	case flag:
		return p.value()
	case optional:
		return jen.Op("!").Add(missing(p, s))
	case constText:
		return p.value().Op("!=").Lit("")
	case constInt:
		return p.value().Op("!=").Lit(0)
	}
	return p.value().Op("!=").Nil()
}
