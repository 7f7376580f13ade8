package shape

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// A constant is a value that a schema may be, and what is known of it.
type constant struct {
	json  string
	pos   model.Pos
	notes *model.Notes // of a branch that is this constant alone; else nil
}

// constants makes t an enum or a constant, if that's what the schema is, and
// reports whether it did.
func (sh *shaper) constants(t *model.Type, rest *model.Schema, types model.JSONType) bool {
	branches := slices.Concat(rest.OneOf, rest.AnyOf)
	var list []constant
	fromBranches := false
	switch {
	case rest.Const != "" || rest.Enum != nil:
		list = own(rest)
	case rest.OneOf != nil && rest.AnyOf != nil || branches == nil:
		return false
	default:
		if list = constantBranches(branches); list == nil {
			return false
		}
		fromBranches = true
	}
	seen := map[string]bool{}
	for _, c := range list {
		kind := model.JSONTypeOf(c.json)
		if kind&types == 0 || rest.Types != 0 && kind&rest.Types == 0 || rest.Int && kind == model.JSONNumber && !isInteger(c.json) {
			continue
		}
		if text := model.Canonical(c.json); !seen[text] {
			seen[text] = true
			t.Values = append(t.Values, c.value(rest.Notes))
		}
	}
	structured := slices.ContainsFunc(t.Values, func(v model.Value) bool {
		return model.JSONTypeOf(v.JSON)&(model.JSONArray|model.JSONObject) != 0
	})
	switch {
	case len(t.Values) == 0:
		t.Kind = model.Never
	case len(t.Values) == 1 && !(rest.Enum != nil && definition(rest) && model.JSONTypeOf(t.Values[0].JSON) == model.JSONString):
		t.Kind = model.Const
	case structured:
		t.Kind, t.Values = model.Any, nil
		return true // the rules decide
	default:
		t.Kind = model.Enum
	}
	if fromBranches {
		rest.OneOf, rest.AnyOf = nil, nil
	}
	rest.Enum, rest.Const, rest.Types, rest.Int, rest.Strict = nil, "", 0, false, false
	keyword.RemoveOthers(rest, types)
	return true
}

// openEnum makes t an enum that other strings can join, if the schema is the anyOf of
// constants and of any string, and reports whether it did.
func (sh *shaper) openEnum(t *model.Type, rest *model.Schema, types model.JSONType) bool {
	if types != model.JSONString || rest.AnyOf == nil || rest.OneOf != nil || rest.Const != "" || rest.Enum != nil {
		return false
	}
	without := *rest
	without.AnyOf, without.Types = nil, 0
	if !keyword.IsEmpty(&without) {
		return false
	}
	var closed []*model.Schema
	open := 0
	for _, b := range rest.AnyOf {
		if sh.graph.Types(b)&types == 0 {
			continue // null, which a Nullable around t takes
		}
		if target := sh.graph.Target(b); target != nil {
			b = target
		}
		if anyString(b) {
			open++
		} else {
			closed = append(closed, b)
		}
	}
	list := constantBranches(closed)
	if open != 1 || len(list) == 0 {
		return false
	}
	for _, c := range list {
		// Half a surrogate pair has no place in the constants of most languages.
		if model.JSONTypeOf(c.json) != model.JSONString || strings.ContainsRune(model.Plain(c.json), utf8.RuneError) {
			return false
		}
	}
	t.Kind, t.Others = model.Enum, true
	for _, c := range list {
		t.Values = append(t.Values, c.value(rest.Notes))
	}
	rest.AnyOf, rest.Types = nil, 0
	keyword.RemoveOthers(rest, types)
	return true
}

// anyString reports whether s accepts all strings and nothing else.
func anyString(s *model.Schema) bool {
	rest := *s
	rest.Types = 0
	return s.Types == model.JSONString && keyword.IsEmpty(&rest)
}

// value returns the value of a type that a constant becomes. The owner's notes,
// which may be nil, can name it.
func (c constant) value(owner *model.Notes) model.Value {
	text := model.Plain(c.json)
	v := model.Value{JSON: c.json, Pos: c.pos, Words: []string{text}}
	if c.notes != nil {
		v.Notes = *c.notes
		if v.Title != "" && model.JSONTypeOf(c.json) != model.JSONString {
			v.Words = []string{v.Title}
		}
	}
	if owner != nil && owner.ValueNames[text] != nil {
		v.Names = owner.ValueNames[text]
	}
	return v
}

// definition reports whether a schema stands among the definitions. An enum
// there stays one even if it has a single value: it's named for what may
// become more.
func definition(s *model.Schema) bool {
	dir := path.Dir(s.Pointer)
	return strings.HasSuffix(dir, "#/$defs") || strings.HasSuffix(dir, "#/definitions")
}

// own returns the constants that s itself lists: its const, or its enum. If it
// can't be both at once, there are none.
func own(s *model.Schema) []constant {
	values := s.Enum
	if s.Const != "" {
		if s.Enum != nil && !containsJSON(s.Enum, s.Const) {
			return nil
		}
		values = []string{s.Const}
	}
	var list []constant
	for i, v := range values {
		c := constant{json: v, pos: s.Pos}
		if len(values) == len(s.ValuePos) {
			c.pos = s.ValuePos[i]
		}
		list = append(list, c)
	}
	return list
}

// constantBranches returns the constants that the branches of a union are. It
// returns nil if a branch is anything else, or two are the same.
func constantBranches(branches []*model.Schema) []constant {
	var all []constant
	seen := map[string]bool{}
	for _, b := range branches {
		rest := *b
		rest.Const, rest.Enum, rest.Types = "", nil, 0
		list := b.Enum != nil || b.Const != ""
		if !keyword.IsEmpty(&rest) || !list || b.Types != 0 && b.Types&^(model.JSONNumber|model.JSONString|model.JSONNull) != 0 {
			return nil
		}
		values := own(b)
		for _, c := range values {
			text := model.Canonical(c.json)
			if seen[text] || b.Types != 0 && model.JSONTypeOf(c.json)&b.Types == 0 {
				return nil
			}
			seen[text] = true
			if len(values) == 1 {
				c.pos, c.notes = b.Pos, b.Notes
			}
			all = append(all, c)
		}
	}
	return all
}

func containsJSON(list []string, v string) bool {
	return slices.ContainsFunc(list, func(have string) bool { return model.Canonical(have) == model.Canonical(v) })
}
