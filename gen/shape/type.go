package shape

// This file finds the representation of a predicate.

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/predicate"
)

// typeOf returns the type of s. If it gets a name, it's made of words.
func (sh *shaper) typeOf(s *model.Schema, words []string) *model.Type {
	if t := sh.types[s]; t != nil {
		return t
	}
	if target := sh.graph.Target(s); target != nil {
		return sh.declared(target)
	}
	types := sh.graph.Types(s)
	if types&model.JSONNull != 0 && types != model.JSONNull && (types != model.JSONAll || sh.unionShaped(s)) && !sh.graph.Dynamic(s) {
		return sh.nullable(s, words)
	}
	if only := sh.only(s); only != nil && types != model.JSONNull {
		t := sh.typeOf(only, words)
		if t.Kind == model.Nullable && types&model.JSONNull == 0 {
			t = t.Elem
		}
		return t
	}
	t := &model.Type{Words: words, Schema: s}
	sh.types[s] = t
	sh.fill(t, s, types)
	return t
}

// declared returns the type of a schema that others refer to: it gets a name
// of its own.
func (sh *shaper) declared(s *model.Schema) *model.Type {
	for sh.graph.Target(s) != nil {
		s = s.Ref
	}
	words := sh.words(s)
	for _, other := range sh.graph.Variant(s) {
		words = slices.Concat(words, []string{"with"}, sh.words(other))
	}
	t := sh.typeOf(s, words)
	inner := t
	for inner.Kind == model.Nullable {
		inner = inner.Elem
	}
	if inner.Kind != model.Any || inner.Rules != nil {
		inner.Declared = true
	}
	return t
}

// words returns what the name of a referenced schema is made of: the key of
// its definition, and the properties on the way from there.
func (sh *shaper) words(s *model.Schema) []string {
	file, path, _ := strings.Cut(s.Pointer, "#")
	var words []string
	tokens := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := 0; i < len(tokens); i++ {
		tok := document.Unescape(tokens[i])
		switch tok {
		case "definitions", "$defs":
			words = nil
		case "items", "additionalProperties":
			words = append(words, "item")
		case "properties", "patternProperties", "anyOf", "oneOf", "allOf", "":
		default:
			words = append(words, tok)
		}
	}
	if len(words) > 0 {
		return words
	}
	if s == sh.root && sh.types[s] == nil {
		return sh.called
	}
	base := filepath.Base(file)
	return []string{strings.TrimSuffix(base, filepath.Ext(base))}
}

// under returns what the name of s is made of, which is what t calls name. If t has it
// from another definition, by an allOf, s is named after that one: t may not be
// the only one that has it.
func (sh *shaper) under(t *model.Type, s *model.Schema, name string) []string {
	owner := t.Words
	if def, key := definitionIn(s.Pointer); t.Schema != nil && key != "" && key != owner[0] {
		owner = []string{key}
		if of, _ := definitionIn(t.Schema.Pointer); of == def {
			owner = sh.words(t.Schema)
		}
	}
	return append(owner[:len(owner):len(owner)], name)
}

// definitionIn returns the pointer of the definition that a pointer leads into, and its key;
// the key is "" if there is none.
func definitionIn(pointer string) (def, key string) {
	for _, keyword := range []string{"/$defs/", "/definitions/"} {
		if i := strings.LastIndex(pointer, keyword); i >= len(def) {
			end := i + len(keyword)
			rest, _, _ := strings.Cut(pointer[end:], "/")
			def, key = pointer[:end+len(rest)], document.Unescape(rest)
		}
	}
	return def, key
}

// nullable returns the type of a schema that accepts null and other values.
func (sh *shaper) nullable(s *model.Schema, words []string) *model.Type {
	t := &model.Type{Kind: model.Nullable, Words: words, Pos: s.Pos}
	sh.types[s] = t
	if only := sh.only(s); only != nil {
		t.Elem = sh.typeOf(only, words)
		if t.Elem.Kind == model.Nullable {
			*t = *t.Elem
		}
		t.Schema = s
		return t
	}
	t.Schema = s
	t.Elem = &model.Type{Words: words, Schema: sh.typed(s, sh.graph.Types(s)&^model.JSONNull)}
	sh.fill(t.Elem, s, sh.graph.Types(s)&^model.JSONNull)
	return t
}

// unionShaped reports whether the branches of s give it its shape.
func (sh *shaper) unionShaped(s *model.Schema) bool {
	if (s.OneOf == nil) == (s.AnyOf == nil) {
		return false
	}
	return sh.shaping(s, slices.Concat(s.OneOf, s.AnyOf))
}

// only returns the one schema that decides what s accepts, apart from null: the
// only part of an allOf, or the only branch of a union that isn't null. It
// returns nil if there is none.
func (sh *shaper) only(s *model.Schema) *model.Schema {
	if s.Notes != nil && s.Notes.Import != nil {
		return nil
	}
	rest := *s
	rest.AllOf, rest.AnyOf, rest.OneOf, rest.Types = nil, nil, nil, 0
	if !keyword.IsEmpty(&rest) || s.Int || sh.graph.Dynamic(s) {
		return nil
	}
	branches := s.AllOf
	if s.AnyOf != nil || s.OneOf != nil {
		if s.AllOf != nil || s.AnyOf != nil && s.OneOf != nil {
			return nil
		}
		branches = nil
		nulls := 0
		for _, b := range append(s.AnyOf, s.OneOf...) {
			switch types := sh.graph.Types(b); {
			case types == model.JSONNull:
				nulls++
			case types&model.JSONNull != 0 && (nulls > 0 || len(s.OneOf) > 1):
				return nil // null would fit twice
			default:
				branches = append(branches, b)
			}
		}
	}
	if len(branches) != 1 {
		return nil
	}
	if s.Types != 0 && sh.graph.Types(branches[0])&^(s.Types|model.JSONNull) != 0 {
		return nil
	}
	return branches[0]
}

// fill makes t the type of the values of some JSON types that s accepts.
func (sh *shaper) fill(t *model.Type, s *model.Schema, types model.JSONType) {
	t.Pos, t.FormatChecked = s.Pos, s.Format != ""
	if s.Notes != nil {
		t.Notes = *s.Notes
	}
	rest := *s // the keywords that nothing has taken care of yet
	rest.Scope = nil
	switch {
	case types == 0:
		t.Kind = model.Never
		return
	case sh.graph.Dynamic(s):
		t.Kind, t.Rules = model.Any, s
		return
	case t.Import != nil:
		t.Kind = model.Any
	case sh.openEnum(t, &rest, types):
	case sh.constants(t, &rest, types):
	case types == model.JSONNull:
		t.Kind, t.Values = model.Const, []model.Value{{JSON: "null", Pos: s.Pos}}
		rest = model.Schema{} // Graph.Types has decided about null
	case sh.union(t, &rest, types):
	case sh.byPresence(t, &rest, types):
	case types == model.JSONBool:
		t.Kind = model.Bool
		rest.Types = 0
		keyword.RemoveOthers(&rest, types)
	case types == model.JSONNumber:
		sh.number(t, &rest)
	case types == model.JSONString:
		sh.text(t, &rest)
	case types == model.JSONArray:
		sh.array(t, &rest)
	case types == model.JSONObject:
		sh.object(t, &rest)
	case s.Types == 0 && types == model.JSONAll && sh.objectLike(s):
		t.Loose = true
		sh.object(t, &rest)
	case types != model.JSONAll && len(sh.graph.Parts(s)) > 0 && sh.objectLike(s):
		sh.composedByType(t, s, types)
		return
	case s.Types != 0 && types != model.JSONAll:
		sh.byType(t, &rest, types)
	default:
		t.Kind = model.Any
	}
	if keyword.IsEmpty(&rest) {
		return
	}
	t.Rules = &rest
	if s.UnevaluatedProps != nil || s.UnevaluatedItems != nil {
		t.Rules = s // what is unevaluated depends on all that is evaluated
	}
}

// byType makes t a union with one branch for each JSON type.
func (sh *shaper) byType(t *model.Type, rest *model.Schema, types model.JSONType) {
	t.Kind, t.Select = model.Union, &model.Select{}
	for one := range types.Each() {
		s := &model.Schema{Pointer: rest.Pointer, Pos: rest.Pos, Types: one}
		keyword.Narrow(s, rest, one)
		name := one.Word()
		if s.Int {
			name = "integer"
		}
		t.Select.Cases = append(t.Select.Cases, model.Case{JSON: one, Branches: []int{len(t.Branches)}})
		t.Branches = append(t.Branches, &model.Branch{
			Words: []string{name},
			Pos:   rest.Pos,
			Type:  sh.typeOf(s, append(t.Words[:len(t.Words):len(t.Words)], name)),
		})
	}
	rest.Types, rest.Int = 0, false
	keyword.RemoveOthers(rest, 0)
}

// composedByType is byType for an s whose parts say what its objects look like, such as a
// metaschema, which is an object or a boolean. Each branch is all that s says of a type.
func (sh *shaper) composedByType(t *model.Type, s *model.Schema, types model.JSONType) {
	t.Kind, t.Select = model.Union, &model.Select{}
	for one := range types.Each() {
		branch := sh.typed(s, one)
		branch.Notes = nil
		if branch.AllOf = slices.DeleteFunc(branch.AllOf, func(p *model.Schema) bool { return sh.silent(p, one) }); len(branch.AllOf) == 0 {
			branch.AllOf = nil
		}
		t.Select.Cases = append(t.Select.Cases, model.Case{JSON: one, Branches: []int{len(t.Branches)}})
		t.Branches = append(t.Branches, &model.Branch{
			Words: []string{one.Word()},
			Pos:   s.Pos,
			Type:  sh.typeOf(branch, append(t.Words[:len(t.Words):len(t.Words)], one.Word())),
		})
	}
}

// silent reports whether s accepts every value of a type, as far as that is plain.
func (sh *shaper) silent(s *model.Schema, one model.JSONType) bool {
	if s.Dynamic || sh.graph.Dynamic(s) || s.Types != 0 && s.Types&one == 0 || s.Int && one == model.JSONNumber {
		return false
	}
	rest := *s
	rest.Types, rest.Int, rest.Strict, rest.Ref, rest.AllOf = 0, false, false, nil, nil
	keyword.RemoveOthers(&rest, one)
	return keyword.IsEmpty(&rest) && !slices.ContainsFunc(predicate.Composed(s), func(p *model.Schema) bool { return !sh.silent(p, one) })
}

// array makes t a list or a tuple.
func (sh *shaper) array(t *model.Type, rest *model.Schema) {
	t.Kind = model.List
	items := rest.Items
	for _, part := range sh.graph.Parts(rest) {
		if items == nil && rest.PrefixItems == nil && part.PrefixItems == nil {
			items = part.Items // its rules stay: this is for the shape alone
		}
	}
	switch {
	case items == nil:
		t.Elem = &model.Type{Kind: model.Any, Pos: t.Pos}
	case items.Never && rest.PrefixItems != nil:
	default:
		t.Elem = sh.typeOf(items, sh.under(t, items, "item"))
	}
	for i, s := range rest.PrefixItems {
		t.Kind = model.Tuple
		t.Prefix = append(t.Prefix, sh.typeOf(s, append(t.Words[:len(t.Words):len(t.Words)], "item", strconv.Itoa(i))))
	}
	t.Checks.MinItems, t.Checks.MaxItems, t.Checks.UniqueItems = rest.MinItems, rest.MaxItems, rest.UniqueItems
	rest.Types, rest.Items, rest.PrefixItems = 0, nil, nil
	rest.MinItems, rest.MaxItems, rest.UniqueItems = nil, nil, false
	keyword.RemoveOthers(rest, model.JSONArray)
}
