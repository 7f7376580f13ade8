package mistake

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// This file looks for checks that no value can fail or pass.

// enum looks for an enum without values, and for one that has a value twice.
func (f *finder) enum(n *document.Node) {
	if n == nil || n.Kind != document.Array {
		return
	}
	if len(n.Items) == 0 {
		f.Problems.Add(n.Pos(), "enum is empty, so that no value fits: list the values")
	}
	seen := map[string]bool{}
	for _, item := range n.Items {
		text := model.Canonical(item.Canonical())
		if seen[text] {
			f.Problems.Add(item.Pos(), "%s stands in enum twice: remove one", item.JSON())
		}
		seen[text] = true
	}
}

// bounds looks for a minimum above its maximum.
func (f *finder) bounds(s *schema.Schema) {
	n := s.Node
	for _, pair := range [][2]string{
		{"minLength", "maxLength"}, {"minItems", "maxItems"}, {"minProperties", "maxProperties"}, {"minContains", "maxContains"},
		{"minimum", "maximum"}, {"exclusiveMinimum", "maximum"}, {"minimum", "exclusiveMaximum"},
		{"exclusiveMinimum", "exclusiveMaximum"},
	} {
		low, high := n.Member(pair[0]), n.Member(pair[1])
		if low == nil || high == nil || low.Kind != document.Number || high.Kind != document.Number {
			continue
		}
		from, to := model.Rational(low.Text), model.Rational(high.Text)
		if from == nil || to == nil {
			continue
		}
		exclusive := strings.HasPrefix(pair[0], "ex") || strings.HasPrefix(pair[1], "ex") ||
			s.Draft() == keyword.Draft4 && pair[0] == "minimum" && (n.Member("exclusiveMinimum").True() || n.Member("exclusiveMaximum").True())
		if order := from.Cmp(to); order > 0 || order == 0 && exclusive {
			f.Problems.Add(low.Pos(), "no value fits both %s %s and %s %s: change one of them", pair[0], low.Text, pair[1], high.Text)
		}
	}
}

// format looks for unknown formats, and for formats of types that a schema doesn't
// declare.
func (f *finder) format(n *document.Node, declared model.JSONType) {
	name, ok := n.Str()
	if !ok {
		return
	}
	format := keyword.FormatNamed(name)
	if format == nil {
		var known []string
		for _, k := range keyword.Formats {
			known = append(known, k.Name)
		}
		slices.Sort(known)
		hint := gen.Suggest(name, known)
		if hint == "" && f.annotate {
			return // it's an annotation
		}
		f.Problems.Add(n.Pos(), "unknown format %q%s", name, cmp.Or(hint, ": there are "+strings.Join(known, ", ")))
		return
	}
	if declared != 0 && declared&format.About == 0 {
		f.Problems.Add(n.Pos(), "format %s says nothing about %s: it's for %s", name, declared.One(), format.About.Many())
	}
}

// required looks for names that aren't among the properties. A schema that leaves
// the properties to others may require any.
func (f *finder) required(n *document.Node) {
	names, props, extra := n.Member("required"), n.Member("properties"), n.Member("additionalProperties")
	if names == nil || names.Kind != document.Array || f.partial[n] {
		return
	}
	closed := extra != nil && extra.Kind == document.Bool && !extra.Bool
	if !closed && (props == nil || len(props.Members) == 0 || extra != nil) {
		return
	}
	for _, other := range []string{"$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "if", "dependentSchemas",
		"dependencies", "patternProperties", "unevaluatedProperties"} {
		if n.Member(other) != nil {
			return
		}
	}
	var declared []string
	if props != nil {
		for i := range props.Members {
			declared = append(declared, props.Members[i].Name)
		}
	}
	for _, item := range names.Items {
		name, ok := item.Str()
		if !ok || slices.Contains(declared, name) {
			continue
		}
		f.Problems.Add(item.Pos(), "required names property %q, which isn't among the properties%s", name,
			cmp.Or(gen.Suggest(name, declared), ": declare it, as true if it can be anything"))
	}
}
