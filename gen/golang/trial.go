package golang

// This file writes what tells the branches of a union apart by trying them.

import (
	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// trial writes what decodes a value as one of some branches: without ado if
// only one is left, else by trying them.
func (e *emitter) trial(t *model.Type, branches []int) []jen.Code {
	switch {
	case len(branches) == 0:
		return []jen.Code{e.noBranch(t)}
	case len(branches) == 1:
		b := t.Branches[branches[0]]
		if b.Type.IsNull() {
			return []jen.Code{dec("Const", jen.Lit("null"))}
		}
		return e.read(at(field(e.n.branch[b])), b.Type, e.n.branchSlot(b), 0)
	case t.AtMost == 1:
		return e.exactlyOne(t, branches)
	}
	return e.firstThatFits(t, branches)
}

func (e *emitter) noBranch(t *model.Type) jen.Code { return dec("NoBranch", e.branchNames(t)...) }

// branchNames are the branches as messages name them.
func (e *emitter) branchNames(t *model.Type) []jen.Code {
	var list []string
	for _, b := range t.Branches {
		if b.Type.IsNull() {
			list = append(list, "null")
		} else {
			list = append(list, e.n.branch[b])
		}
	}
	return texts(list)
}

// firstThatFits writes
//
//	switch {
//	case codec.Try(d, &v.StepInfo):
//	case codec.Try(d, &v.BuildInfo):
//	default:
//		d.NoBranch("StepInfo", "BuildInfo")
//	}
func (e *emitter) firstThatFits(t *model.Type, branches []int) []jen.Code {
	var cases []jen.Code
	for _, i := range branches {
		if b := t.Branches[i]; b.Type.IsNull() {
			cases = append(cases, jen.Case(dec("Null")).Block())
		} else {
			cases = append(cases, jen.Case(e.attempt("Try", b)).Block())
		}
	}
	cases = append(cases, jen.Default().Block(e.noBranch(t)))
	return []jen.Code{jen.Switch().Block(cases...)}
}

// exactlyOne writes
//
//	switch codec.Count(codec.Fits(d, &v.StepInfo), codec.Fits(d, &v.BuildInfo)) {
//	case 0:
//		d.NoBranch("StepInfo", "BuildInfo")
//	case 1:
//		d.Skip()
//	default:
//		d.TooManyBranches("StepInfo", "BuildInfo")
//	}
func (e *emitter) exactlyOne(t *model.Type, branches []int) []jen.Code {
	var fits []jen.Code
	for _, i := range branches {
		if b := t.Branches[i]; b.Type.IsNull() {
			fits = append(fits, dec("Type").Op("==").Add(inCodec("TypeNull")))
		} else {
			fits = append(fits, e.attempt("Fits", b))
		}
	}
	return []jen.Code{jen.Switch(inCodec("Count").Call(fits...)).Block(
		jen.Case(jen.Lit(0)).Block(e.noBranch(t)),
		jen.Case(jen.Lit(1)).Block(dec("Skip")),
		jen.Default().Block(dec("TooManyBranches", e.branchNames(t)...)),
	)}
}

// attempt is the condition that the next value fits b.
func (e *emitter) attempt(how string, b *model.Branch) jen.Code {
	return inCodec(how).Call(jen.Id("d"), jen.Op("&").Add(field(e.n.branch[b])))
}
