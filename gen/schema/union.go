package schema

import (
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// union makes t a union of the branches of anyOf or oneOf, if they are what
// gives the schema its shape, and reports whether it did.
func (l *lowerer) union(t *model.Type, rest *model.Schema, types model.JSONType) bool {
	branches := rest.OneOf
	if branches == nil {
		branches = rest.AnyOf
	}
	if branches == nil || rest.OneOf != nil && rest.AnyOf != nil || !l.shaping(rest, branches) {
		return false
	}
	if types&^(model.JSONBool|model.JSONNumber|model.JSONString) == 0 && types&(types-1) == 0 {
		return false // one kind of scalar: the rules say which
	}
	t.Kind = model.Union
	var schemas []*model.Schema
	for i, b := range branches {
		kinds := l.jsonTypes(b) & types
		if kinds == 0 {
			continue // it can't accept anything here
		}
		words := l.branchWords(b, i)
		branch := &model.Branch{Words: words, Pos: b.Pos}
		if n := l.nodes[b]; n != nil && n.Kind == Object {
			branch.Names = goNames(n, "x-go-name")
		}
		if l.jsonTypes(b) == model.JSONAll {
			b = l.typed(b, types)
		}
		branch.Type = l.typeOf(b, append(t.Words[:len(t.Words):len(t.Words)], words...))
		if branch.Type.Kind == model.Nullable && types&model.JSONNull == 0 {
			branch.Type = branch.Type.Elem
		}
		t.Branches = append(t.Branches, branch)
		schemas = append(schemas, b)
	}
	if rest.OneOf != nil {
		t.AtMost = 1
	}
	t.Select = l.selector(schemas, types)
	rest.OneOf, rest.AnyOf = nil, nil
	if l.within(schemas, rest.Types|model.JSONNull) {
		rest.Types = 0
	}
	return true
}

// typed returns a schema that accepts what b accepts of the given types.
func (l *lowerer) typed(b *model.Schema, types model.JSONType) *model.Schema {
	s := &model.Schema{Pointer: b.Pointer, Pos: b.Pos, Types: types, AllOf: []*model.Schema{b}}
	l.nodes[s] = l.nodes[b]
	l.dynamic[s] = l.dynamic[b]
	return s
}

// within reports whether all branches accept nothing but the given types.
func (l *lowerer) within(branches []*model.Schema, types model.JSONType) bool {
	return !slices.ContainsFunc(branches, func(b *model.Schema) bool { return l.jsonTypes(b)&^types != 0 })
}

// shaping reports whether the branches, and nothing beside them, decide what
// the values look like.
func (l *lowerer) shaping(s *model.Schema, branches []*model.Schema) bool {
	rest := *s
	rest.OneOf, rest.AnyOf, rest.Types, rest.Not = nil, nil, 0, nil
	rest.If, rest.Then, rest.Else = nil, nil, nil
	if !keyword.Blank(&rest) || s.Int || s.UnevaluatedProps != nil || s.UnevaluatedItems != nil {
		return false
	}
	return !slices.ContainsFunc(branches, func(b *model.Schema) bool {
		return l.jsonTypes(b) == model.JSONAll && (s.Types != model.JSONObject || !l.objectLike(b))
	})
}

// branchWords says what tells a branch apart: a title, the name of what it
// refers to, a constant, or its JSON type.
func (l *lowerer) branchWords(b *model.Schema, i int) []string {
	if n := l.nodes[b]; n != nil {
		if title, ok := n.Member("title").Str(); ok && len(title) <= 40 {
			return []string{title}
		}
	}
	if target := l.pure(b); target != nil {
		for l.pure(target) != nil {
			target = target.Ref
		}
		words := l.words(target)
		return words[len(words)-1:]
	}
	for _, c := range l.fixed(b, 0) {
		if len(c.values) == 1 {
			return c.values
		}
	}
	if b.Const != "" {
		return []string{plainText(b.Const)}
	}
	for one := range model.JSONAll.Each() {
		if l.jsonTypes(b) == one {
			if b.Int {
				return []string{"integer"}
			}
			return []string{one.Word()}
		}
	}
	return []string{"variant", jsonIndex(i + 1)}
}

// fixedProperty is a required property whose value is one of a few strings.
type fixedProperty struct {
	name   string
	values []string
}

// fixed returns the properties by whose constants s can be told apart.
func (l *lowerer) fixed(s *model.Schema, depth int) []fixedProperty {
	if depth > 20 || s.Dynamic {
		return nil
	}
	var list []fixedProperty
	for _, p := range s.Properties {
		if values := l.stringConstants(p.Schema, 0); values != nil && slices.Contains(s.Required, p.Name) {
			list = append(list, fixedProperty{p.Name, values})
		}
	}
	for _, p := range partsOf(s) {
		list = append(list, l.fixed(p, depth+1)...)
	}
	return list
}

// stringConstants returns the only strings that s accepts, or nil.
func (l *lowerer) stringConstants(s *model.Schema, depth int) []string {
	values := s.Enum
	if s.Const != "" {
		values = []string{s.Const}
	}
	if values == nil && s.Ref != nil && !s.Dynamic && depth < 20 {
		return l.stringConstants(s.Ref, depth+1)
	}
	var list []string
	for _, v := range values {
		if !strings.HasPrefix(v, `"`) {
			return nil
		}
		list = append(list, plainText(v))
	}
	return list
}

// selector finds out how branches can be told apart without trying them: by
// JSON type, else by the constants of a property. It returns nil if there is
// no way.
func (l *lowerer) selector(branches []*model.Schema, possible model.JSONType) *model.Select {
	types := make([]model.JSONType, len(branches))
	var all model.JSONType
	overlap := false
	for i, b := range branches {
		types[i] = l.jsonTypes(b) & possible
		overlap = overlap || all&types[i] != 0
		all |= types[i]
	}
	if overlap {
		if by := l.byConstant(branches); by != nil {
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
func (l *lowerer) byConstant(branches []*model.Schema) *model.Select {
	best, bestCount := "", 1
	fixed := make([][]fixedProperty, len(branches))
	count := map[string]int{}
	for i, b := range branches {
		fixed[i] = l.fixed(b, 0)
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
	l.leaveOpen(sel, branches, fixed)
	return sel
}

// leaveOpen adds the branches that the property doesn't decide about to each
// case, at their place, and to what remains otherwise. A branch that can't have
// the property at all has no place among the cases.
func (l *lowerer) leaveOpen(sel *model.Select, branches []*model.Schema, fixed [][]fixedProperty) {
	for i := range fixed {
		if slices.ContainsFunc(fixed[i], func(c fixedProperty) bool { return c.name == sel.By }) {
			continue
		}
		sel.Otherwise = append(sel.Otherwise, i)
		if l.forbids(branches[i], sel.By, 0) {
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
func (l *lowerer) forbids(s *model.Schema, name string, depth int) bool {
	if l.jsonTypes(s)&model.JSONObject == 0 {
		return true
	}
	closed := s.Additional != nil && s.Additional.Never && s.PatternProperties == nil
	if closed && !slices.ContainsFunc(s.Properties, func(p model.Property) bool { return p.Name == name }) {
		return true
	}
	return depth < 20 && slices.ContainsFunc(partsOf(s), func(p *model.Schema) bool { return l.forbids(p, name, depth+1) })
}
