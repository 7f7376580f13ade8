package shape

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// This file finds what patternProperties say of a type.

// matchesAll reports whether every name matches p.
func matchesAll(p *model.Pattern) bool {
	return slices.Contains([]string{"", "^", ".*", "^.*", ".*$"}, p.Source) // ^.*$ doesn't match a name with line breaks
}

// oneName returns what the names of an object must be in which only the properties that a
// pattern speaks of are allowed.
func oneName(s *model.Schema) *model.Schema {
	names := &model.Schema{Pointer: s.Pointer, Pos: s.Pos}
	if len(s.PatternProperties) == 1 {
		names.Pattern = s.PatternProperties[0].Pattern
	} else {
		for _, p := range s.PatternProperties {
			one := &model.Schema{Pointer: s.Pointer, Pos: s.Pos}
			one.Pattern = p.Pattern
			names.AnyOf = append(names.AnyOf, one)
		}
	}
	if s.PropertyNames != nil {
		names.AllOf = []*model.Schema{s.PropertyNames}
	}
	return names
}

// same reports whether a and b are one type, or two that nothing tells apart.
func same(a, b *model.Type) bool {
	if a == b {
		return true
	}
	plain := func(t *model.Type) bool {
		switch t.Kind {
		case model.Any, model.Bool, model.Int, model.Uint, model.Float, model.Number, model.Integer, model.String, model.DateTime:
			return !t.Declared && t.Checks == model.Checks{} && t.Rules == nil && t.Import == nil && !t.Secret
		}
		return false
	}
	return a.Kind == b.Kind && plain(a) && plain(b)
}

// group makes groups of the properties that patterns speak of, and reports whether each
// property that matches a pattern has a field or a group.
func (o *object) group() bool {
	rest := o.rest
	own := rest.PatternProperties
	checked := true
	for _, part := range append(o.sh.graph.Parts(rest), rest) {
		for _, p := range part.PatternProperties {
			checked = checked && part == rest
			t := o.sh.typeOf(p.Schema, append(o.t.Words[:len(o.t.Words):len(o.t.Words)], "item"))
			if t.Kind == model.Never || t.Kind == model.Any && t.Import == nil {
				checked = false // what is kept as text stands beside the others
				continue
			}
			at := slices.IndexFunc(o.t.Groups, func(g *model.Group) bool { return same(g.Type, t) })
			if at < 0 {
				g := &model.Group{Pos: p.Schema.Pos, Type: t}
				if p.Schema.Notes != nil {
					g.Notes = *p.Schema.Notes
				}
				at, o.t.Groups = len(o.t.Groups), append(o.t.Groups, g)
			}
			o.t.Groups[at].Patterns = append(o.t.Groups[at].Patterns, p.Pattern)
		}
	}
	if own == nil {
		return len(o.t.Groups) == 0
	}
	if !checked || !o.cross(own) {
		return false
	}
	if disjoint(own) || len(o.t.Groups) == 1 {
		rest.PatternProperties = nil // else the rules check what must satisfy two of them
	}
	return true
}

// disjoint reports whether it's plain that no name matches two of the patterns: each asks
// for names that begin in a way of their own.
func disjoint(patterns []model.PatternProperty) bool {
	for i, p := range patterns {
		for _, q := range patterns[:i] {
			a, b := beginning(p.Pattern), beginning(q.Pattern)
			if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
				return false
			}
		}
	}
	return true
}

// beginning returns a text with which all names begin that match p, as far as that is plain.
func beginning(p *model.Pattern) string {
	text, ok := strings.CutPrefix(p.Source, "^")
	if !ok || strings.Contains(text, "|") {
		return ""
	}
	end := strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-/", r)
	})
	if end < 0 {
		return text
	}
	if strings.ContainsRune("?*+{", rune(text[end])) && end > 0 {
		_, size := utf8.DecodeLastRuneInString(text[:end])
		end -= size
	}
	return text[:end]
}

// cross adds what patterns ask of declared properties to these, and declares the properties
// that are required and match one. It reports whether it could match all patterns.
func (o *object) cross(patterns []model.PatternProperty) bool {
	add := map[string][]*model.Schema{}
	for _, p := range patterns {
		text, ok, err := ecma.Translate(p.Pattern.Source)
		if !ok || err != nil {
			return false
		}
		re, err := regexp.Compile(text)
		if err != nil {
			return false
		}
		for _, name := range slices.Concat(o.names, o.required) {
			if re.MatchString(name) && !slices.Contains(add[name], p.Schema) {
				add[name] = append(add[name], p.Schema)
			}
		}
	}
	for _, name := range slices.Concat(o.names, o.required) {
		for _, s := range add[name] {
			if o.schemas[name] == nil {
				o.names = append(o.names, name)
			}
			if !slices.Contains(o.schemas[name], s) {
				o.schemas[name] = append([]*model.Schema{s}, o.schemas[name]...)
			}
		}
	}
	return true
}
