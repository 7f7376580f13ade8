package shape

import (
	"slices"
	"strconv"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// union makes t a union of the branches of anyOf or oneOf, if they are what
// gives the schema its shape, and reports whether it did.
func (sh *shaper) union(t *model.Type, rest *model.Schema, types model.JSONType) bool {
	branches := rest.OneOf
	if branches == nil {
		branches = rest.AnyOf
	}
	if branches == nil || rest.OneOf != nil && rest.AnyOf != nil || !sh.shaping(rest, branches) {
		return false
	}
	if types&^(model.JSONBool|model.JSONNumber|model.JSONString) == 0 && types&(types-1) == 0 {
		return false // one kind of scalar: the rules say which
	}
	t.Kind = model.Union
	var schemas []*model.Schema
	for i, b := range branches {
		kinds := sh.graph.Types(b) & types
		if kinds == 0 {
			continue // it can't accept anything here
		}
		words := sh.branchWords(b, i)
		branch := &model.Branch{Words: words, Pos: b.Pos}
		if b.Notes != nil {
			branch.Notes = *b.Notes
		}
		if sh.graph.Types(b) == model.JSONAll {
			b = sh.typed(b, types)
		}
		branch.Type = sh.typeOf(b, append(t.Words[:len(t.Words):len(t.Words)], words...))
		if branch.Type.Kind == model.Nullable && types&model.JSONNull == 0 {
			branch.Type = branch.Type.Elem
		}
		t.Branches = append(t.Branches, branch)
		schemas = append(schemas, b)
	}
	if rest.OneOf != nil {
		t.AtMost = 1
	}
	t.Select = sh.selector(schemas, types)
	rest.OneOf, rest.AnyOf = nil, nil
	if sh.within(schemas, rest.Types|model.JSONNull) {
		rest.Types = 0
	}
	return true
}

// byPresence makes t a union of then and else, if that's what the schema is and one look for a
// property tells them apart, and reports whether it did:
//
//	if: {required: [$ref]}, then: {$ref: "#/$defs/Reference"}, else: {$ref: "#/$defs/Item"}
func (sh *shaper) byPresence(t *model.Type, rest *model.Schema, types model.JSONType) bool {
	if types != model.JSONObject || rest.If == nil || rest.Then == nil || rest.Else == nil || len(rest.If.Required) != 1 {
		return false
	}
	others, condition := *rest, *rest.If
	others.If, others.Then, others.Else, others.Types = nil, nil, nil, 0
	condition.Required, condition.Types = nil, 0
	if !keyword.IsEmpty(&others) || !keyword.IsEmpty(&condition) || rest.If.Types&model.JSONObject == 0 && rest.If.Types != 0 {
		return false
	}
	if !sh.within([]*model.Schema{rest.Then, rest.Else}, model.JSONObject) || sh.graph.Types(rest.Then) == 0 || sh.graph.Types(rest.Else) == 0 {
		return false
	}
	t.Kind = model.Union
	for i, b := range []*model.Schema{rest.Then, rest.Else} {
		words := sh.branchWords(b, i)
		branch := &model.Branch{Words: words, Pos: b.Pos, Type: sh.typeOf(b, append(t.Words[:len(t.Words):len(t.Words)], words...))}
		if b.Notes != nil {
			branch.Notes = *b.Notes
		}
		t.Branches = append(t.Branches, branch)
	}
	t.Select = &model.Select{Has: rest.If.Required[0], Cases: []model.Case{{Branches: []int{0}}}, Otherwise: []int{1}}
	rest.If, rest.Then, rest.Else, rest.Types = nil, nil, nil, 0
	return true
}

// typed returns a schema that accepts what b accepts of the given types.
func (sh *shaper) typed(b *model.Schema, types model.JSONType) *model.Schema {
	return &model.Schema{Pointer: b.Pointer, Pos: b.Pos, Notes: b.Notes, Types: types, AllOf: []*model.Schema{b}}
}

// within reports whether all branches accept nothing but the given types.
func (sh *shaper) within(branches []*model.Schema, types model.JSONType) bool {
	return !slices.ContainsFunc(branches, func(b *model.Schema) bool { return sh.graph.Types(b)&^types != 0 })
}

// shaping reports whether the branches, and nothing else, decide what the values look
// like.
func (sh *shaper) shaping(s *model.Schema, branches []*model.Schema) bool {
	rest := *s
	rest.OneOf, rest.AnyOf, rest.Types, rest.Not = nil, nil, 0, nil
	rest.If, rest.Then, rest.Else = nil, nil, nil
	if !keyword.IsEmpty(&rest) || s.Int || s.UnevaluatedProps != nil || s.UnevaluatedItems != nil {
		return false
	}
	return !slices.ContainsFunc(branches, func(b *model.Schema) bool {
		return sh.graph.Types(b) == model.JSONAll && (s.Types != model.JSONObject || !sh.objectLike(b))
	})
}

// branchWords says what tells a branch apart: a title, the name of what it
// refers to, a constant, or its JSON type.
func (sh *shaper) branchWords(b *model.Schema, i int) []string {
	if b.Notes != nil && b.Notes.Title != "" && len(b.Notes.Title) <= 40 {
		return []string{b.Notes.Title}
	}
	if target := sh.graph.Target(b); target != nil {
		for sh.graph.Target(target) != nil {
			target = target.Ref
		}
		words := sh.words(target)
		return words[len(words)-1:]
	}
	for _, c := range sh.fixed(b) {
		if len(c.values) == 1 {
			return c.values
		}
	}
	if b.Const != "" {
		return []string{model.Plain(b.Const)}
	}
	for one := range model.JSONAll.Each() {
		if types := sh.graph.Types(b); types == one || types == one|model.JSONNull {
			if b.Int {
				return []string{"integer"}
			}
			return []string{one.Word()}
		}
	}
	return []string{"variant", strconv.Itoa(i + 1)}
}
