package schema

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// slips notes what is valid JSON Schema and still can't be meant: in a
// contract, where each schema has one author, it's an error.
type slips struct {
	*lowerer
	partial  map[*Node]bool // schemas that say only a part about their value
	annotate bool           // formats are remarks
}

// checkSlips looks for slips in the schemas of a contract.
func (l *lowerer) checkSlips() {
	s := &slips{lowerer: l, partial: map[*Node]bool{}, annotate: !l.options.AssertFormats}
	for _, whole := range l.order {
		if l.pure(whole) != nil {
			continue
		}
		for part := range keyword.InPlaceOf(whole) {
			for ; part != nil && !s.partial[l.nodes[part]]; part = part.Ref {
				s.partial[l.nodes[part]] = true
			}
		}
	}
	for n := range l.authored() {
		s.schema(n, l.homes[n].dialect.draft)
	}
}

// schema looks at one schema, which may be invalid in any way.
func (s *slips) schema(n *Node, d keyword.Draft) {
	s.enum(n.Member("enum"))
	s.bounds(n, d)
	declared := declaredTypes(n)
	for i := range n.Members {
		m := &n.Members[i]
		k := keyword.Lookup(m.Name, d)
		if k == nil || k.Name == "format" || k.Name == "required" && m.Value.Kind == Bool {
			continue // format is looked at below
		}
		if declared != 0 && k.About != 0 && k.About&declared == 0 {
			s.problems.Add(m.Key.Pos(), "%s says nothing about %s: it's for %s", m.Name, declared.One(), k.About.Many())
		}
	}
	s.format(n.Member("format"), declared)
	s.required(n)
	if value := n.Member("default"); value != nil {
		if why := refuses(s.schemas[n], value, 0); why != "" {
			s.problems.Add(value.Pos(), "default %s isn't accepted by its own schema: %s", value.JSON(), why)
		}
	}
}

// declaredTypes returns what the keyword type says, or 0.
func declaredTypes(n *Node) model.JSONType {
	t := n.Member("type")
	if name, ok := t.Str(); ok {
		return model.JSONTypeNamed(name)
	}
	var types model.JSONType
	if t != nil {
		for _, item := range t.Items {
			types |= model.JSONTypeNamed(item.Text)
		}
	}
	return types
}

func (s *slips) enum(n *Node) {
	if n == nil || n.Kind != Array {
		return
	}
	if len(n.Items) == 0 {
		s.problems.Add(n.Pos(), "enum is empty, so that no value fits: list the values")
	}
	seen := map[string]bool{}
	for _, item := range n.Items {
		text := item.Canonical()
		if item.Kind == Number {
			text = canonical(text)
		}
		if seen[text] {
			s.problems.Add(item.Pos(), "%s stands in enum twice: remove one", item.JSON())
		}
		seen[text] = true
	}
}

// bounds looks for a minimum above its maximum.
func (s *slips) bounds(n *Node, d keyword.Draft) {
	for _, pair := range [][2]string{
		{"minLength", "maxLength"}, {"minItems", "maxItems"}, {"minProperties", "maxProperties"}, {"minContains", "maxContains"},
		{"minimum", "maximum"}, {"exclusiveMinimum", "maximum"}, {"minimum", "exclusiveMaximum"},
		{"exclusiveMinimum", "exclusiveMaximum"},
	} {
		low, high := n.Member(pair[0]), n.Member(pair[1])
		if low == nil || high == nil || low.Kind != Number || high.Kind != Number || remote(low.Text) || remote(high.Text) {
			continue
		}
		order := rat(low.Text).Cmp(rat(high.Text))
		exclusive := strings.HasPrefix(pair[0], "ex") || strings.HasPrefix(pair[1], "ex") ||
			d == keyword.Draft4 && pair[0] == "minimum" && (n.Member("exclusiveMinimum").True() || n.Member("exclusiveMaximum").True())
		if order > 0 || order == 0 && exclusive {
			s.problems.Add(low.Pos(), "no value fits both %s %s and %s %s", pair[0], low.Text, pair[1], high.Text)
		}
	}
}

// format looks for formats that nobody knows, and those of other types.
func (s *slips) format(n *Node, declared model.JSONType) {
	name, ok := n.Str()
	if !ok {
		return
	}
	_, sized := integerFormats[name]
	forNumbers := sized || name == "decimal"
	switch {
	case !forNumbers && !knownFormats[name]:
		known := slices.Concat(slices.Collect(maps.Keys(integerFormats)), slices.Collect(maps.Keys(knownFormats)), []string{"decimal"})
		slices.Sort(known)
		hint := suggest(name, known)
		if hint == "" && s.annotate {
			return // it's a remark
		}
		s.problems.Add(n.Pos(), "unknown format %q%s", name, cmp.Or(hint, ": there are "+strings.Join(known, ", ")))
	case forNumbers && declared != 0 && declared&model.JSONNumber == 0:
		s.problems.Add(n.Pos(), "format %s says nothing about %s: it's for numbers", name, declared.One())
	case !forNumbers && declared != 0 && declared&model.JSONString == 0:
		s.problems.Add(n.Pos(), "format %s says nothing about %s: it's for strings", name, declared.One())
	}
}

// required looks for names that aren't among the properties. A schema that
// leaves the properties to others may require any.
func (s *slips) required(n *Node) {
	names, props, extra := n.Member("required"), n.Member("properties"), n.Member("additionalProperties")
	if names == nil || names.Kind != Array || s.partial[n] {
		return
	}
	closed := extra != nil && extra.Kind == Bool && !extra.Bool
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
		for _, m := range props.Members {
			declared = append(declared, m.Name)
		}
	}
	for _, item := range names.Items {
		name, ok := item.Str()
		if !ok || slices.Contains(declared, name) {
			continue
		}
		s.problems.Add(item.Pos(), "required names property %q, which isn't among the properties%s", name,
			cmp.Or(suggest(name, declared), ": declare it, as true if it can be anything"))
	}
}
