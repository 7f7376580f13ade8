package golang

// This file writes the kinds of unions, which tell branches apart in a switch.

import (
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// rest is the name of a branch that holds what no other branch of its union knows.
const rest = "Other"

// isRest reports whether b is that branch of t: the last one, of an object that has
// the property by which the others are told apart, but any string in it.
func isRest(t *model.Type, b *model.Branch) bool {
	if t.Kind != model.Union || t.Select == nil || t.Select.By == "" || b != t.Branches[len(t.Branches)-1] ||
		b.Names[lang] != "" || b.Type.Kind != model.Struct || !slices.Equal(b.Words, []string{model.JSONObject.Word()}) {
		return false
	}
	by := slices.IndexFunc(b.Type.Fields, func(f *model.Field) bool { return f.Name == t.Select.By })
	told, _ := toldBy(t, b)
	return by >= 0 && b.Type.Fields[by].Type.Kind == model.String && len(told) == 0
}

// toldBy returns the constants by which the branch b of t is told apart, and whether
// no other branch has one of them. A branch that is tried for all other constants, too,
// has none.
func toldBy(t *model.Type, b *model.Branch) (list []string, alone bool) {
	i := slices.Index(t.Branches, b)
	if t.Select == nil || t.Select.By == "" || slices.Contains(t.Select.Otherwise, i) {
		return nil, false
	}
	alone = true
	for _, c := range t.Select.Cases {
		if !slices.Contains(c.Branches, i) {
			continue
		}
		list = append(list, c.Const)
		for _, other := range c.Branches {
			alone = alone && (other == i || slices.Contains(t.Select.Otherwise, other))
		}
	}
	return list, alone
}

// quoted returns texts between quotes.
func quoted(list []string) []string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = strconv.Quote(s)
	}
	return quoted
}

// kindTexts returns the value of the constant of each branch of t: the constant
// that tells it apart if there is only one and it's its own, else the name of its field; and what
// the values are, in words.
func (e *emitter) kindTexts(t *model.Type) (texts []string, what string) {
	byConst, byName := false, false
	for _, b := range t.Branches {
		told, alone := toldBy(t, b)
		switch {
		case len(told) == 1 && alone && !slices.Contains(texts, told[0]):
			texts = append(texts, told[0])
			byConst = true
		case b.Type.IsNull():
			texts = append(texts, "null")
		default:
			texts = append(texts, e.n.branch[b])
			byName = true
		}
	}
	switch {
	case byConst && byName:
		what = "values of " + t.Select.By + ", or names of fields"
	case byConst:
		what = "the values of " + t.Select.By
	default:
		what = "the names of its fields"
	}
	return distinct(texts), what
}

// distinct returns the texts with a number behind those that were there before.
func distinct(texts []string) []string {
	for i, s := range texts {
		for n := 2; slices.Contains(texts[:i], texts[i]); n++ {
			texts[i] = s + strconv.Itoa(n)
		}
	}
	return texts
}

// kindDecls writes
//
//	// BuildItemKind tells which field of a BuildItem is set.
//	type BuildItemKind string
//
//	// The kinds of BuildItem: the values of info_type.
//	const (
//		BuildItemKindStepInfo BuildItemKind = "step_info"
//	)
func (e *emitter) kindDecls(t *model.Type) []jen.Code {
	kind := e.n.kind[t]
	texts, what := e.kindTexts(t)
	var consts []jen.Code
	for i, b := range t.Branches {
		consts = append(consts, jen.Id(e.n.kinds[b]).Id(kind).Op("=").Lit(texts[i]))
	}
	return []jen.Code{
		jen.Line(), jen.Comment("// " + kind + " tells which field of " + article(e.n.typ[t]) + " is set."),
		jen.Type().Id(kind).String(),
		jen.Line(), jen.Comment(comment("The kinds of "+e.n.typ[t]+": "+what+".", 0)),
		jen.Const().Defs(consts...),
	}
}

// kindMethods writes
//
//	// Kind returns which field of v is set, or "" if none is.
//	func (v *BuildItem) Kind() BuildItemKind {
//		switch {
//		case v.StepInfo != nil:
//			return BuildItemKindStepInfo
//		}
//		return ""
//	}
//
//	// NewBuildItemStepInfo returns a BuildItem with StepInfo set.
//	func NewBuildItemStepInfo(v *StepInfo) BuildItem { return BuildItem{StepInfo: v} }
//
//	// Format prints v as JSON.
//	func (v BuildItem) Format(f fmt.State, _ rune) { codec.Print(f, &v) }
func (e *emitter) kindMethods(t *model.Type) []jen.Code {
	name, kind := e.n.typ[t], e.n.kind[t]
	none, about := jen.Lit(""), "Kind returns which field of v is set, or \"\" if none is."
	var cases, code []jen.Code
	for _, b := range t.Branches {
		if b.Type.IsNull() {
			none, about = jen.Id(e.n.kinds[b]), "Kind returns which field of v is set."
			continue
		}
		p, s := at(field(e.n.branch[b])), e.n.branchSlot(b)
		cases = append(cases, jen.Case(present(p, s)).Block(jen.Return(jen.Id(e.n.kinds[b]))))
		code = append(code, e.constructor(t, b, s)...)
	}
	show, words := inCodec("Print").Call(jen.Id("f"), jen.Op("&").Id("v")), "as JSON"
	if e.n.holdsSecret(t) {
		show, words = jen.Qual("fmt", "Fprint").Call(jen.Id("f"), jen.Id("v").Dot("LogValue").Call()), "without its secrets"
	}
	return append([]jen.Code{
		jen.Line(), jen.Comment("// " + about),
		jen.Func().Params(jen.Id("v").Op("*").Id(name)).Id("Kind").Params().Id(kind).Block(
			jen.Switch().Block(cases...), jen.Return(none)),
	}, append(code,
		jen.Line(), jen.Comment("// Format prints v for package fmt, "+words+"."),
		jen.Func().Params(jen.Id("v").Id(name)).Id("Format").
			Params(jen.Id("f").Qual("fmt", "State"), jen.Id("_").Rune()).Op("{").Add(show).Op("}"))...)
}

// constructor writes what makes a t of its branch b.
func (e *emitter) constructor(t *model.Type, b *model.Branch, s slot) []jen.Code {
	name, branch := e.n.typ[t], e.n.branch[b]
	param, value := jen.Id("v").Add(e.goType(b.Type)), jen.Id("v")
	switch {
	case s == flag:
		param, value = nil, jen.True()
	case s == pointer && e.isStruct(b.Type):
		param = jen.Id("v").Op("*").Add(e.goType(b.Type))
	case s == pointer:
		value = jen.Op("&").Id("v")
	}
	var params []jen.Code
	if param != nil {
		params = []jen.Code{param}
	}
	return []jen.Code{
		jen.Line(), jen.Comment("// " + e.n.build[b] + " returns " + article(name) + " with " + branch + " set."),
		jen.Func().Id(e.n.build[b]).Params(params...).Id(name).
			Add(oneLine(jen.Id(name).Values(jen.Id(branch).Op(":").Add(value)))),
	}
}
