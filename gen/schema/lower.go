package schema

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// lowerer gives schemas their types. What it promises for each: decoding the
// type accepts a value if and only if the schema does. It finds a
// representation first, moves the keywords that straight-line code can check
// into the type, and leaves the rest in Rules.
type lowerer struct {
	*normalizer
	contract bool // in a contract, numbers are 64 bits wide
	root     []string
	types    map[*model.Schema]*model.Type
	kinds    map[*model.Schema]model.JSONType
	joined   map[string]*model.Schema // see both
	checked  map[*Node]bool           // what the metaschemas have judged
	dynamic  map[*model.Schema]bool   // those whose verdict may depend on the dynamic scope
}

// typeOf returns the type of s. If it gets a name, it's made of words.
func (l *lowerer) typeOf(s *model.Schema, words []string) *model.Type {
	if t := l.types[s]; t != nil {
		return t
	}
	if target := l.pure(s); target != nil {
		return l.declared(target)
	}
	types := l.jsonTypes(s)
	if types&model.JSONNull != 0 && types != model.JSONNull && (types != model.JSONAll || l.unionShaped(s)) && !l.dynamic[s] {
		return l.nullable(s, words)
	}
	if only := l.only(s); only != nil && types != model.JSONNull {
		t := l.typeOf(only, words)
		if t.Kind == model.Nullable && types&model.JSONNull == 0 {
			t = t.Elem
		}
		return t
	}
	t := &model.Type{Words: words, Schema: s}
	l.types[s] = t
	l.fill(t, s, types)
	return t
}

// pure returns the schema that s is a mere reference to, or nil. A reference
// that enters a dynamic scope is more than that.
func (l *lowerer) pure(s *model.Schema) *model.Schema {
	if s.Ref == nil || s.Dynamic || l.dynamic[s] || l.overridden(s) {
		return nil
	}
	rest := *s
	rest.Ref = nil
	if !keyword.Blank(&rest) {
		return nil
	}
	return s.Ref
}

// overridden reports whether the author represents s by a type of their own.
func (l *lowerer) overridden(s *model.Schema) bool {
	n := l.nodes[s]
	return n != nil && n.Member("x-go-type") != nil
}

// declared returns the type of a schema that others refer to: it gets a name
// of its own.
func (l *lowerer) declared(s *model.Schema) *model.Type {
	for l.pure(s) != nil {
		s = s.Ref
	}
	t := l.typeOf(s, l.words(s))
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
func (l *lowerer) words(s *model.Schema) []string {
	file, path, _ := strings.Cut(s.Pointer, "#")
	var words []string
	tokens := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := 0; i < len(tokens); i++ {
		tok := strings.NewReplacer("~1", "/", "~0", "~").Replace(tokens[i])
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
	if n := l.nodes[s]; n != nil && n.File.Root == n && len(l.root) > 0 && l.types[s] == nil && l.isRoot(n) {
		return l.root
	}
	base := filepath.Base(file)
	return []string{strings.TrimSuffix(base, filepath.Ext(base))}
}

// isRoot reports whether n is the document that is being lowered.
func (l *lowerer) isRoot(n *Node) bool {
	return n.File == l.files[l.options.uri]
}

// nullable returns the type of a schema that accepts null and other values.
func (l *lowerer) nullable(s *model.Schema, words []string) *model.Type {
	t := &model.Type{Kind: model.Nullable, Words: words, Pos: s.Pos}
	l.types[s] = t
	if only := l.only(s); only != nil {
		t.Elem = l.typeOf(only, words)
		if t.Elem.Kind == model.Nullable {
			*t = *t.Elem
		}
		t.Schema = s
		return t
	}
	t.Schema = s
	t.Elem = &model.Type{Words: words, Schema: l.typed(s, l.jsonTypes(s)&^model.JSONNull)}
	l.fill(t.Elem, s, l.jsonTypes(s)&^model.JSONNull)
	return t
}

// unionShaped reports whether the branches of s give it its shape.
func (l *lowerer) unionShaped(s *model.Schema) bool {
	if (s.OneOf == nil) == (s.AnyOf == nil) {
		return false
	}
	return l.shaping(s, slices.Concat(s.OneOf, s.AnyOf))
}

// only returns the one schema that decides what s accepts, apart from null: the
// only part of an allOf, or the only branch of a union that isn't null. It
// returns nil if there is none.
func (l *lowerer) only(s *model.Schema) *model.Schema {
	if l.overridden(s) {
		return nil
	}
	rest := *s
	rest.AllOf, rest.AnyOf, rest.OneOf, rest.Types = nil, nil, nil, 0
	if !keyword.Blank(&rest) || s.Int || l.dynamic[s] {
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
			switch types := l.jsonTypes(b); {
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
	if s.Types != 0 && l.jsonTypes(branches[0])&^(s.Types|model.JSONNull) != 0 {
		return nil
	}
	return branches[0]
}

// fill makes t the type of the values of some JSON types that s accepts.
func (l *lowerer) fill(t *model.Type, s *model.Schema, types model.JSONType) {
	l.annotate(t, s)
	rest := *s // the keywords that nothing has taken care of yet
	rest.Scope = nil
	l.nodes[&rest] = l.nodes[s]
	switch {
	case types == 0:
		t.Kind = model.Never
		return
	case l.dynamic[s]:
		t.Kind, t.Rules = model.Any, s
		return
	case t.Import != nil:
		t.Kind = model.Any
	case l.constants(t, &rest, types):
	case types == model.JSONNull:
		t.Kind, t.Values = model.Const, []model.Value{{JSON: "null", Pos: s.Pos}}
		rest = model.Schema{} // jsonTypes has judged null
	case l.union(t, &rest, types):
	case types == model.JSONBool:
		t.Kind = model.Bool
		rest.Types = 0
		keyword.Vacate(&rest, types)
	case types == model.JSONNumber:
		l.number(t, &rest)
	case types == model.JSONString:
		l.text(t, &rest)
	case types == model.JSONArray:
		l.array(t, &rest)
	case types == model.JSONObject:
		l.object(t, &rest)
	case s.Types == 0 && types == model.JSONAll && l.objectLike(s):
		t.Loose = true
		l.object(t, &rest)
	case s.Types != 0 && types != model.JSONAll:
		l.byType(t, &rest, types)
	default:
		t.Kind = model.Any
	}
	if keyword.Blank(&rest) {
		return
	}
	t.Rules = &rest
	if s.UnevaluatedProps != nil || s.UnevaluatedItems != nil {
		t.Rules = s // what is unevaluated depends on all that is evaluated
	}
}

// byType makes t a union with one branch for each JSON type.
func (l *lowerer) byType(t *model.Type, rest *model.Schema, types model.JSONType) {
	t.Kind, t.Select = model.Union, &model.Select{}
	for one := range types.Each() {
		s := &model.Schema{Pointer: rest.Pointer, Types: one}
		keyword.Narrow(s, rest, one)
		name := one.Word()
		if s.Int {
			name = "integer"
		}
		t.Select.Cases = append(t.Select.Cases, model.Case{JSON: one, Branches: []int{len(t.Branches)}})
		t.Branches = append(t.Branches, &model.Branch{
			Words: []string{name},
			Pos:   rest.Pos,
			Type:  l.typeOf(s, append(t.Words[:len(t.Words):len(t.Words)], name)),
		})
	}
	rest.Types, rest.Int = 0, false
	keyword.Vacate(rest, 0)
}

// array makes t a list or a tuple.
func (l *lowerer) array(t *model.Type, rest *model.Schema) {
	t.Kind = model.List
	items := rest.Items
	for _, part := range l.parts(rest) {
		if items == nil && rest.PrefixItems == nil && part.PrefixItems == nil {
			items = part.Items // its rules stay: this is for the shape alone
		}
	}
	switch {
	case items == nil:
		t.Elem = &model.Type{Kind: model.Any, Pos: t.Pos}
	case items.Never && rest.PrefixItems != nil:
	default:
		t.Elem = l.typeOf(items, append(t.Words[:len(t.Words):len(t.Words)], "item"))
	}
	for i, s := range rest.PrefixItems {
		t.Kind = model.Tuple
		t.Prefix = append(t.Prefix, l.typeOf(s, append(t.Words[:len(t.Words):len(t.Words)], "item", jsonIndex(i))))
	}
	t.Checks.MinItems, t.Checks.MaxItems, t.Checks.UniqueItems = rest.MinItems, rest.MaxItems, rest.UniqueItems
	rest.Types, rest.Items, rest.PrefixItems = 0, nil, nil
	rest.MinItems, rest.MaxItems, rest.UniqueItems = nil, nil, false
	keyword.Vacate(rest, model.JSONArray)
}
