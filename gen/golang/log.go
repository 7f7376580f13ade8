package golang

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// This file keeps secrets out of logs and out of what fmt prints.

// hidden is what stands for a secret.
const hidden = "[secret]"

// logMethods are the methods of a t that may hold secrets.
func logMethods(t *model.Type) []string {
	if t.Kind == model.Union {
		return []string{"LogValue"} // Format does for it what String does for others
	}
	return []string{"LogValue", "String"}
}

// logged writes how a type that may hold secrets shows itself:
//
//	// LogValue returns v for a log, without its secrets.
//	func (v Card) LogValue() slog.Value {
//		attrs := []slog.Attr{
//			slog.Any("holder", v.Holder),
//			slog.String("number", "[secret]"),
//		}
//		if v.Limit != nil {
//			attrs = append(attrs, slog.Any("limit", *v.Limit))
//		}
//		return slog.GroupValue(attrs...)
//	}
//
//	// String returns v without its secrets.
//	func (v Card) String() string { return v.LogValue().String() }
//
// Structs, unions, lists and maps show what isn't secret.
func (e *emitter) logged(t *model.Type) []jen.Code {
	value := oneLine(inLog("StringValue").Call(jen.Lit(hidden)))
	text := oneLine(jen.Lit(hidden))
	elements := e.logElements(t, jen.Id("v"))
	switch group := t.Kind == model.Struct || t.Kind == model.Union; {
	case t.Secret || t.Import[lang] != "":
	case group:
		value = jen.Block(e.group(t)...)
		text = oneLine(jen.Id("v").Dot("LogValue").Call().Dot("String").Call())
	case elements != nil:
		value = oneLine(elements)
		text = oneLine(jen.Id("v").Dot("LogValue").Call().Dot("String").Call())
	}
	method := func(name string) *jen.Statement {
		return jen.Func().Params(jen.Id("v").Id(e.n.typ[t])).Id(name).Params()
	}
	code := []jen.Code{
		jen.Line(), jen.Comment("// LogValue returns v for a log, without its secrets."),
		method("LogValue").Add(inLog("Value")).Add(value),
	}
	if t.Kind == model.Union && t.Import[lang] == "" {
		return code
	}
	return append(code,
		jen.Line(), jen.Comment("// String returns v without its secrets."),
		method("String").String().Add(text))
}

func inLog(name string) *jen.Statement { return jen.Qual("log/slog", name) }

// group writes the body of the LogValue of a struct or union. What the
// contract doesn't name may be anything, so it's left out.
func (e *emitter) group(t *model.Type) []jen.Code {
	g := &group{emitter: e}
	for _, f := range t.Fields {
		if held(f) {
			s, of := e.n.fieldSlot(f)
			g.add(f.Name, at(field(e.n.field[f])), s, of, f.Secret || f.Type.Secret)
		}
	}
	for _, group := range t.Groups {
		name := e.n.group[group]
		g.add(name, at(field(name)), nilable, &model.Type{Kind: model.Map, Elem: group.Type}, group.Secret)
	}
	if t.Open != nil && t.Open.Kind != model.Any {
		name := e.n.further[t]
		g.add(name, at(field(name)), nilable, &model.Type{Kind: model.Map, Elem: t.Open}, false)
	}
	misfits := e.misfits(t)
	for i, b := range t.Branches {
		if !b.Type.IsNull() {
			name := e.n.branch[b]
			g.add(name, at(field(name)), e.n.branchSlot(b), b.Type, misfits[i])
		}
	}
	if g.rest == nil {
		return []jen.Code{jen.Return(inLog("GroupValue").Call(lines(g.first)...))}
	}
	attrs := jen.Id("attrs")
	begin := jen.Var().Add(attrs).Index().Add(inLog("Attr"))
	if len(g.first) > 0 {
		begin = jen.Add(attrs).Op(":=").Index().Add(inLog("Attr")).Values(lines(g.first)...)
	}
	code := append([]jen.Code{begin}, g.rest...)
	return append(code, jen.Return(inLog("GroupValue").Call(jen.Add(attrs).Op("..."))))
}

// misfits returns the branches of a union that hold no secrets, but may hold a value that
// was meant for one that does: they are tried after it, such as the last branch of an open
// union.
func (e *emitter) misfits(t *model.Type) map[int]bool {
	found := map[int]bool{}
	for _, c := range t.Choices() {
		holds := func(i int) bool { return e.n.holdsSecret(t.Branches[i].Type) }
		if !slices.ContainsFunc(c.Branches, holds) {
			continue
		}
		for _, i := range c.Branches {
			found[i] = found[i] || !holds(i)
		}
	}
	return found
}

// lines puts each of the list on a line of its own.
func lines(list []jen.Code) []jen.Code {
	var code []jen.Code
	for _, item := range list {
		code = append(code, jen.Line().Add(item))
	}
	if code != nil {
		code = append(code, jen.Line())
	}
	return code
}

// A group collects the attributes that a value is logged as.
type group struct {
	*emitter
	first []jen.Code // those at the beginning that are always there
	rest  []jen.Code // statements that append the others
}

// add adds the t in p as an attribute, unless it's missing or null.
func (g *group) add(key string, p place, s slot, t *model.Type, secret bool) {
	if s == plain && t.Kind == model.Nullable && g.n.typ[t] == "" && t.Import[lang] == "" {
		t = t.Elem
		s = nullSlot(t)
	}
	value := p
	if s == pointer {
		value = p.pointee()
	}
	attr := inLog("Any").Call(text(key), value.value())
	elements := g.logElements(t, value.value())
	switch {
	case elements != nil && !secret && s != optional && g.n.typ[t] == "":
		attr = inLog("Attr").Values(jen.Id("Key").Op(":").Add(text(key)), jen.Id("Value").Op(":").Add(elements))
	case secret || g.hides(t):
		attr = inLog("String").Call(text(key), jen.Lit(hidden))
	case s == flag:
		attr = inLog("String").Call(text(key), text(shownConstant(t.Values[0])))
	}
	if s == plain && g.rest == nil {
		g.first = append(g.first, attr)
		return
	}
	code := jen.Id("attrs").Op("=").Append(jen.Id("attrs"), attr)
	if s != plain {
		code = jen.If(present(p, s)).Block(code)
	}
	g.rest = append(g.rest, code)
}

// logElements returns the expression for the list or map x of type t in a log; nil
// if t isn't one whose elements hold secrets and show themselves.
func (e *emitter) logElements(t *model.Type, x *jen.Statement) *jen.Statement {
	if t.Secret || t.Import[lang] != "" || t.Kind != model.List && t.Kind != model.Map {
		return nil
	}
	if t.Elem.Import[lang] != "" || e.n.typ[t.Elem] == "" || !e.n.holdsSecret(t.Elem) {
		return nil
	}
	if t.Kind == model.Map {
		return inCodec("LogMap").Call(x)
	}
	return inCodec("LogList").Call(x)
}

// hides tells whether nothing of a t is to be shown, for t is secret or holds
// a secret and has no LogValue.
func (g *group) hides(t *model.Type) bool {
	return t.Secret || g.n.holdsSecret(t) && (t.Import[lang] != "" || g.n.typ[t] == "")
}

// shownConstant is the text of a constant as people read it.
func shownConstant(v model.Value) string {
	if v.JSON[0] == '"' {
		return stringOf(v.JSON)
	}
	return v.JSON
}
