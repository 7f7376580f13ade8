package shape

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/predicate"
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

// typed returns a schema that accepts what b accepts of the given types.
func (sh *shaper) typed(b *model.Schema, types model.JSONType) *model.Schema {
	return &model.Schema{Pointer: b.Pointer, Pos: b.Pos, Notes: b.Notes, Types: types, AllOf: []*model.Schema{b}}
}

// within reports whether all branches accept nothing but the given types.
func (sh *shaper) within(branches []*model.Schema, types model.JSONType) bool {
	return !slices.ContainsFunc(branches, func(b *model.Schema) bool { return sh.graph.Types(b)&^types != 0 })
}

// shaping reports whether the branches, and nothing beside them, decide what
// the values look like.
func (sh *shaper) shaping(s *model.Schema, branches []*model.Schema) bool {
	rest := *s
	rest.OneOf, rest.AnyOf, rest.Types, rest.Not = nil, nil, 0, nil
	rest.If, rest.Then, rest.Else = nil, nil, nil
	if !keyword.Blank(&rest) || s.Int || s.UnevaluatedProps != nil || s.UnevaluatedItems != nil {
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
	for _, c := range sh.fixed(b, 0) {
		if len(c.values) == 1 {
			return c.values
		}
	}
	if b.Const != "" {
		return []string{model.Plain(b.Const)}
	}
	for one := range model.JSONAll.Each() {
		if sh.graph.Types(b) == one {
			if b.Int {
				return []string{"integer"}
			}
			return []string{one.Word()}
		}
	}
	return []string{"variant", strconv.Itoa(i + 1)}
}

// fixedProperty is a required property whose value is one of a few strings.
type fixedProperty struct {
	name   string
	values []string
}

// fixed returns the properties by whose constants s can be told apart.
func (sh *shaper) fixed(s *model.Schema, depth int) []fixedProperty {
	if depth > 20 || s.Dynamic {
		return nil
	}
	var list []fixedProperty
	for _, p := range s.Properties {
		if values := sh.stringConstants(p.Schema, 0); values != nil && slices.Contains(s.Required, p.Name) {
			list = append(list, fixedProperty{p.Name, values})
		}
	}
	for _, p := range predicate.Composed(s) {
		list = append(list, sh.fixed(p, depth+1)...)
	}
	return list
}

// stringConstants returns the only strings that s accepts, or nil.
func (sh *shaper) stringConstants(s *model.Schema, depth int) []string {
	values := s.Enum
	if s.Const != "" {
		values = []string{s.Const}
	}
	if values == nil && s.Ref != nil && !s.Dynamic && depth < 20 {
		return sh.stringConstants(s.Ref, depth+1)
	}
	var list []string
	for _, v := range values {
		if !strings.HasPrefix(v, `"`) {
			return nil
		}
		list = append(list, model.Plain(v))
	}
	return list
}

// selector finds out how branches can be told apart without trying them: by
// JSON type, else by the constants of a property. It returns nil if there is
// no way.
func (sh *shaper) selector(branches []*model.Schema, possible model.JSONType) *model.Select {
	types := make([]model.JSONType, len(branches))
	var all model.JSONType
	overlap := false
	for i, b := range branches {
		types[i] = sh.graph.Types(b) & possible
		overlap = overlap || all&types[i] != 0
		all |= types[i]
	}
	if overlap {
		if by := sh.byConstant(branches); by != nil {
			return by
		}
	}
	if overlap && !slices.ContainsFunc(types, func(t model.JSONType) bool { return t != all }) {
		return nil
	}
	sel := &model.Select{}
	for one := range model.JSONAll.Each() {
		c := model.Case{JSON: one}
		for i := range branches {
			if types[i]&one != 0 {
				c.Branches = append(c.Branches, i)
			}
		}
		if c.Branches == nil {
			continue
		}
		same := slices.IndexFunc(sel.Cases, func(have model.Case) bool { return slices.Equal(have.Branches, c.Branches) })
		if same >= 0 {
			sel.Cases[same].JSON |= one
			continue
		}
		sel.Cases = append(sel.Cases, c)
	}
	return sel
}

// byConstant looks for the property whose constants tell most objects apart.
func (sh *shaper) byConstant(branches []*model.Schema) *model.Select {
	best, bestCount := "", 1
	fixed := make([][]fixedProperty, len(branches))
	count := map[string]int{}
	for i, b := range branches {
		fixed[i] = sh.fixed(b, 0)
		for _, c := range fixed[i] {
			if count[c.name]++; count[c.name] > bestCount {
				best, bestCount = c.name, count[c.name]
			}
		}
	}
	if best == "" {
		return nil
	}
	sel := &model.Select{By: best}
	for i := range branches {
		at := slices.IndexFunc(fixed[i], func(c fixedProperty) bool { return c.name == best })
		if at < 0 {
			continue
		}
		for _, v := range fixed[i][at].values {
			c := slices.IndexFunc(sel.Cases, func(have model.Case) bool { return have.Const == v })
			if c < 0 {
				c = len(sel.Cases)
				sel.Cases = append(sel.Cases, model.Case{Const: v})
			}
			sel.Cases[c].Branches = append(sel.Cases[c].Branches, i)
		}
	}
	if len(sel.Cases) < 2 {
		return nil
	}
	sh.leaveOpen(sel, branches, fixed)
	return sel
}

// leaveOpen adds the branches that the property doesn't decide about to each
// case, at their place, and to what remains otherwise. A branch that can't have
// the property at all has no place among the cases.
func (sh *shaper) leaveOpen(sel *model.Select, branches []*model.Schema, fixed [][]fixedProperty) {
	for i := range fixed {
		if slices.ContainsFunc(fixed[i], func(c fixedProperty) bool { return c.name == sel.By }) {
			continue
		}
		sel.Otherwise = append(sel.Otherwise, i)
		if sh.forbids(branches[i], sel.By, 0) {
			continue
		}
		for c := range sel.Cases {
			sel.Cases[c].Branches = append(sel.Cases[c].Branches, i)
			slices.Sort(sel.Cases[c].Branches)
		}
	}
}

// forbids reports whether an object that s accepts can't have a property, or s
// accepts no objects.
func (sh *shaper) forbids(s *model.Schema, name string, depth int) bool {
	if sh.graph.Types(s)&model.JSONObject == 0 {
		return true
	}
	closed := s.Additional != nil && s.Additional.Never && s.PatternProperties == nil
	if closed && !slices.ContainsFunc(s.Properties, func(p model.Property) bool { return p.Name == name }) {
		return true
	}
	return depth < 20 && slices.ContainsFunc(predicate.Composed(s), func(p *model.Schema) bool { return sh.forbids(p, name, depth+1) })
}
