package mistake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// This file looks for keywords that have no meaning where they stand.

// keyword looks at a member of a schema that declares some types, or none.
func (f *finder) keyword(s *schema.Schema, m *document.Member, declared model.JSONType) {
	if strings.HasPrefix(m.Name, "x-") {
		f.extension(s, m)
		return
	}
	rows := keyword.Named(m.Name)
	if rows == nil {
		f.unknown(s, m)
		return
	}
	d := s.Draft()
	if s.RefAlone() && !besideRef(rows[0]) {
		f.Problems.Add(m.Key.Pos(), "%s beside $ref has no meaning in %s: put both in allOf", m.Name, d)
	}
	k := keyword.Lookup(m.Name, d)
	switch {
	case k == nil:
		hint := ""
		if other := rows[0].Instead; other != "" {
			hint = ": use " + other
		}
		f.Problems.Add(m.Key.Pos(), "keyword %q has no meaning in %s%s", m.Name, d, hint)
	case k.Name == "format": // which has a method of its own
	case k.Name == "required" && m.Value.Kind == document.Bool: // which gen/schema has reported
	case declared != 0 && k.About != 0 && k.About&declared == 0:
		f.Problems.Add(m.Key.Pos(), "%s says nothing about %s: it's for %s", m.Name, declared.One(), k.About.Many())
	}
}

// besideRef reports whether a keyword has a meaning next to a $ref in every draft:
// it says nothing of values, or references look through it.
func besideRef(k *keyword.Keyword) bool {
	return k.Holds == keyword.Annotation || k.Name == "$ref" || k.Name == "definitions"
}

// foreign are keywords of other languages, and what to write instead.
var foreign = map[string]string{
	"example":       "write examples: [VALUE]",
	"discriminator": "remove it: oneOf finds the property with a constant itself",
	"optional":      "remove it: a property is optional unless required names it",
}

// unknown adds a problem: m is no keyword of any draft.
func (f *finder) unknown(s *schema.Schema, m *document.Member) {
	known := slices.Clone(extensions)
	for _, k := range keyword.All {
		if k.In(s.Draft()) {
			known = append(known, k.Name)
		}
	}
	slices.Sort(known)
	hint := gen.Suggest(m.Name, known)
	switch other := foreign[m.Name]; {
	case m.Name == "nullable":
		name, ok := s.Node.Member("type").Str()
		if !ok {
			name = "TYPE"
		}
		hint = fmt.Sprintf(": write type: [%s, \"null\"]", name)
	case other != "":
		hint = ": " + other
	case hint == "":
		hint = ": remove it, or let it begin with x- if it's for another tool"
	}
	f.Problems.Add(m.Key.Pos(), "unknown keyword %q in a schema%s", m.Name, hint)
}
