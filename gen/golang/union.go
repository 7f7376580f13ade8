package golang

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// unionDecl writes a struct with a field for each branch, and the type of its kinds:
//
//	// … Exactly one field is set; Kind tells which.
//	type BuildItem struct {
//		StepInfo  *StepInfo  // info_type "step_info"
//		BuildInfo *BuildInfo // info_type "build_info"
//	}
func (e *emitter) unionDecl(t *model.Type) decl {
	var fields []jen.Code
	for _, b := range t.Branches {
		if !b.Type.IsNull() {
			f := jen.Id(e.n.branch[b]).Add(e.slotType(e.n.branchSlot(b), b.Type, false))
			if told, _ := toldBy(t, b); len(told) > 0 {
				f.Comment("// " + t.Select.By + " " + strings.Join(quoted(told), " or "))
			} else if t.Select != nil && t.Select.Has != "" {
				with := map[bool]string{true: "with", false: "without"}[b == t.Branches[0]]
				f.Comment("// " + with + " " + t.Select.Has)
			}
			fields = append(fields, f)
		}
	}
	about := "Exactly one field is set; Kind tells which."
	if t.HasNull() {
		about = "At most one field is set; Kind tells which. If none is, it's null."
	}
	typ := append(e.declared(t, jen.Struct(fields...), about), e.kindDecls(t)...)
	methods := append(e.kindMethods(t), e.methods(t, e.unionDecode(t), e.appending(func(w *writer) { w.union(t) }))...)
	return decl{typ, methods}
}

// branchSlot returns how a branch is held: one that has to be tried by
// pointer.
func (n *names) branchSlot(b *model.Branch) slot {
	if n.tried[b] {
		return pointer
	}
	return mayMiss(b.Type)
}

// unionDecode writes
//
//	*v = BuildItem{}
//	switch name, _ := d.Discriminator("info_type"); name {
//	case "step_info":
//		v.StepInfo = new(StepInfo)
//		v.StepInfo.DecodeJSON(d)
//	default:
//		d.NoCase("info_type", "step_info", "build_info")
//	}
func (e *emitter) unionDecode(t *model.Type) []jen.Code {
	code := []jen.Code{receiver().assign(jen.Id(e.n.typ[t]).Values())}
	if t.Select == nil {
		code = append(code, e.trial(t, t.Choices()[0].Branches)...)
		return e.judged(t, code, receiver())
	}
	if t.Select.Has != "" {
		code = append(code, jen.If(dec("Has", text(t.Select.Has))).Block(e.trial(t, t.Select.Cases[0].Branches)...).
			Else().Block(e.trial(t, t.Select.Otherwise)...))
		return e.judged(t, code, receiver())
	}
	var cases []jen.Code
	for _, c := range t.Choices() {
		switch {
		case c.Case == nil:
			cases = append(cases, jen.Default().Block(e.otherwise(t)...))
		case t.Select.By == "":
			cases = append(cases, jen.Case(jsonTypes(c.Case.JSON)...).Block(e.trial(t, c.Branches)...))
		default:
			cases = append(cases, jen.Case(text(c.Case.Const)).Block(e.trial(t, c.Branches)...))
		}
	}
	if t.Select.By == "" {
		code = append(code, jen.Switch(dec("Type")).Block(cases...))
	} else {
		code = append(code, jen.Switch(
			jen.List(jen.Id("name"), jen.Id("_")).Op(":=").Add(dec("Discriminator", text(t.Select.By))), jen.Id("name"),
		).Block(cases...))
	}
	return e.judged(t, code, receiver())
}

// otherwise writes what decodes a value that none of the cases is about.
func (e *emitter) otherwise(t *model.Type) []jen.Code {
	if len(t.Select.Otherwise) > 0 {
		return e.trial(t, t.Select.Otherwise)
	}
	var wanted []jen.Code
	if t.Select.By == "" {
		for _, c := range t.Select.Cases {
			wanted = append(wanted, jsonTypes(c.JSON)...)
		}
		return []jen.Code{dec("NoType", wanted...)}
	}
	wanted = append(wanted, text(t.Select.By))
	for _, c := range t.Select.Cases {
		wanted = append(wanted, text(c.Const))
	}
	return []jen.Code{dec("NoCase", wanted...)}
}

// jsonTypes names the types of a set.
func jsonTypes(set model.JSONType) []jen.Code {
	var list []jen.Code
	for one := range set.Each() {
		list = append(list, inCodec("Type"+pascal(one.Word())))
	}
	return list
}

// union writes the AppendJSON of a union:
//
//	if err := codec.OneBranch("BuildItem", v.StepInfo != nil, v.BuildInfo != nil); err != nil {
//		return b, err
//	}
//	switch {
//	case v.StepInfo != nil:
//		return v.StepInfo.AppendJSON(b)
//	default:
//		return v.BuildInfo.AppendJSON(b)
//	}
func (w *writer) union(t *model.Type) {
	var set []jen.Code
	var bodies [][]jen.Code
	for _, b := range t.Branches {
		if b.Type.IsNull() {
			continue
		}
		p, s := at(field(w.n.branch[b])), w.n.branchSlot(b)
		set = append(set, present(p, s))
		body := w.block()
		body.returned(p, b.Type, s)
		bodies = append(bodies, body.code)
	}
	check := "OneBranch"
	if t.HasNull() {
		check = "AtMostOneBranch"
		null := w.block()
		null.lit("null")
		null.end()
		bodies = append(bodies, null.code)
	}
	w.add(jen.If(jen.Err().Op(":=").Add(inCodec(check)).Call(append([]jen.Code{jen.Lit(w.n.typ[t])}, set...)...), jen.Err().Op("!=").Nil()).Block(
		jen.Return(jen.Id("b"), jen.Err())))
	last := len(bodies) - 1
	switch last {
	case 0:
		w.add(bodies[0]...)
	case 1:
		w.add(jen.If(set[0]).Block(bodies[0]...))
		w.add(bodies[1]...)
	default:
		var cases []jen.Code
		for i, body := range bodies[:last] {
			cases = append(cases, jen.Case(set[i]).Block(body...))
		}
		w.add(jen.Switch().Block(append(cases, jen.Default().Block(bodies[last]...))...))
	}
}

// returned writes what appends the value in p and returns.
func (w *writer) returned(p place, t *model.Type, s slot) {
	if s == pointer {
		p = p.pointee()
	}
	switch {
	case t.Import[lang] != "":
		w.add(jen.Return(inCodec("AppendForeign").Call(jen.Id("b"), p.value())))
	case t.Kind == model.Const || t.Kind == model.Nullable && w.n.typ[t] == "":
		w.value(p, t, 0)
		w.end()
	case w.n.typ[t] != "":
		w.add(jen.Return(p.operand().Dot("AppendJSON").Call(jen.Id("b"))))
	case t.Kind == model.List, t.Kind == model.Map:
		w.value(p, t, 0)
		w.end()
	default:
		w.add(scalarReturn(t.Kind, p.value())...)
	}
}
