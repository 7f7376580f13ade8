package schema

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// drafts says in which drafts a keyword has a meaning: from the first to the
// last, both included.
type drafts struct{ from, to draft }

// keywordDrafts holds every keyword of JSON Schema.
var keywordDrafts = map[string]drafts{
	"id": {draft4, draft4}, "$id": {draft6, draft2020},
	"$schema": {draft4, draft2020}, "$ref": {draft4, draft2020},
	"$anchor": {draft2019, draft2020}, "$vocabulary": {draft2019, draft2020},
	"$recursiveRef": {draft2019, draft2019}, "$recursiveAnchor": {draft2019, draft2019},
	"$dynamicRef": {draft2020, draft2020}, "$dynamicAnchor": {draft2020, draft2020},
	"definitions": {draft4, draft2020}, "$defs": {draft2019, draft2020},

	"$comment": {draft7, draft2020}, "title": {draft4, draft2020}, "description": {draft4, draft2020},
	"default": {draft4, draft2020}, "examples": {draft6, draft2020}, "deprecated": {draft2019, draft2020},
	"readOnly": {draft7, draft2020}, "writeOnly": {draft7, draft2020},

	"type": {draft4, draft2020}, "enum": {draft4, draft2020}, "const": {draft6, draft2020},
	"format": {draft4, draft2020}, "contentEncoding": {draft7, draft2020},
	"contentMediaType": {draft7, draft2020}, "contentSchema": {draft2019, draft2020},
	"minLength": {draft4, draft2020}, "maxLength": {draft4, draft2020}, "pattern": {draft4, draft2020},
	"minimum": {draft4, draft2020}, "maximum": {draft4, draft2020}, "multipleOf": {draft4, draft2020},
	"exclusiveMinimum": {draft4, draft2020}, "exclusiveMaximum": {draft4, draft2020},

	"items": {draft4, draft2020}, "prefixItems": {draft2020, draft2020}, "additionalItems": {draft4, draft2019},
	"minItems": {draft4, draft2020}, "maxItems": {draft4, draft2020}, "uniqueItems": {draft4, draft2020},
	"contains": {draft6, draft2020}, "minContains": {draft2019, draft2020}, "maxContains": {draft2019, draft2020},
	"unevaluatedItems": {draft2019, draft2020},

	"properties": {draft4, draft2020}, "required": {draft4, draft2020},
	"additionalProperties": {draft4, draft2020}, "patternProperties": {draft4, draft2020},
	"propertyNames": {draft6, draft2020}, "unevaluatedProperties": {draft2019, draft2020},
	"minProperties": {draft4, draft2020}, "maxProperties": {draft4, draft2020},
	"dependencies": {draft4, draft2020}, "dependentRequired": {draft2019, draft2020},
	"dependentSchemas": {draft2019, draft2020},

	"allOf": {draft4, draft2020}, "anyOf": {draft4, draft2020}, "oneOf": {draft4, draft2020}, "not": {draft4, draft2020},
	"if": {draft7, draft2020}, "then": {draft7, draft2020}, "else": {draft7, draft2020},
}

// instead tells what does the work of a keyword in drafts where it has no
// meaning.
var instead = map[string]string{
	"id": "$id", "$anchor": "$id: \"#NAME\"", "$recursiveRef": "$dynamicRef", "$recursiveAnchor": "$dynamicAnchor",
	"$dynamicRef": "$ref", "$defs": "definitions", "const": "enum with one value",
	"prefixItems": "a list in items", "additionalItems": "prefixItems and items",
	"dependentRequired": "dependencies", "dependentSchemas": "dependencies",
	"deprecated": "description", "examples": "description", "$comment": "description",
	"readOnly": "description", "writeOnly": "x-tpp-secret: true",
}

// remarks are the keywords that have a meaning beside a $ref in every draft,
// since they say nothing of values.
var remarks = []string{
	"$ref", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
	"definitions", // looked through by references
}

// authored returns the schemas that a contract consists of, in whichever file:
// those that are reached, but for the metaschemas of the drafts.
func (l *lowerer) authored() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for n := range l.homes {
			if l.checked[n] && n.Kind == Object && !n.File.published && !yield(n) {
				return
			}
		}
	}
}

// checkKeywords notes the keywords in the schemas of a contract that have no
// meaning where they stand. In a plain JSON Schema that is allowed, but in a
// contract it's a slip.
func (l *lowerer) checkKeywords() {
	k := &keyChecker{problems: l.problems}
	for n := range l.authored() {
		in := l.homes[n]
		alone := l.refAlone(n, in)
		for i := range n.Members {
			m := &n.Members[i]
			if strings.HasPrefix(m.Name, "x-") {
				k.extension(m)
				continue
			}
			in.dialect.draft.keyword(l.problems, n, m)
			if alone && keywordDrafts[m.Name] != (drafts{}) && !slices.Contains(remarks, m.Name) {
				l.problems.add(&m.Key, "%s beside $ref has no meaning in %s: put both in allOf", m.Name, in.dialect.draft)
			}
		}
	}
}

// foreign are keywords of other languages, and what to write
// instead.
var foreign = map[string]string{
	"example": "write examples: [VALUE]", "discriminator": "remove it: oneOf finds the property with a constant itself",
	"optional": "remove it: a property is optional unless required names it",
}

// keyword notes if m, a member of the schema n, is no keyword of the draft.
func (d draft) keyword(problems *Problems, n *Node, m *Member) {
	when, ok := keywordDrafts[m.Name]
	switch {
	case !ok:
		known := slices.Sorted(maps.Keys(keywordDrafts))
		known = slices.DeleteFunc(known, func(name string) bool {
			return d < keywordDrafts[name].from || d > keywordDrafts[name].to
		})
		hint := suggest(m.Name, append(known, "x-go-name", "x-go-type", "x-go-names", "x-tpp-secret"))
		switch other := foreign[m.Name]; {
		case m.Name == "nullable":
			hint = ": write type: " + nullable(n)
		case other != "":
			hint = ": " + other
		case hint == "":
			hint = ": remove it, or let it begin with x- if it's for another tool"
		}
		problems.add(&m.Key, "unknown keyword %q in a schema%s", m.Name, hint)
	case d < when.from || d > when.to:
		hint := ""
		if other := instead[m.Name]; other != "" {
			hint = ": use " + other
		}
		problems.add(&m.Key, "keyword %q has no meaning in %s%s", m.Name, d, hint)
	}
}

// nullable returns the types of the schema n and null.
func nullable(n *Node) string {
	name, ok := n.Member("type").Str()
	if !ok {
		name = "TYPE"
	}
	return fmt.Sprintf("[%s, \"null\"]", name)
}

// String returns the draft's name as people say it.
func (d draft) String() string {
	return [...]string{"draft 4", "draft 6", "draft 7", "draft 2019-09", "draft 2020-12"}[d]
}

// extension checks the value of one of our own keywords. Those of others may
// hold anything.
func (k *keyChecker) extension(m *Member) {
	n := m.Value
	switch m.Name {
	case "x-go-name":
		k.identifier(n, "x-go-name")
	case "x-tpp-secret":
		if !n.True() {
			k.problems.add(n, "x-tpp-secret can only be true; leave it out for what may be logged")
		}
	case "x-go-names":
		if k.object(n, "x-go-names") {
			for i := range n.Members {
				k.identifier(n.Members[i].Value, "Go name")
			}
		}
	case "x-go-type":
		k.goType(n)
	default:
		if ours := []string{"x-go-name", "x-go-names", "x-go-type", "x-tpp-secret"}; strings.HasPrefix(m.Name, "x-go-") || strings.HasPrefix(m.Name, "x-tpp-") {
			k.problems.add(&m.Key, "unknown keyword %q in a schema%s", m.Name, suggest(m.Name, ours))
		}
	}
}

// goType checks an x-go-type: "path.Name", or {import: path, name: Name}.
func (k *keyChecker) goType(n *Node) {
	if text, ok := n.Str(); ok {
		dot := strings.LastIndex(text, ".")
		if dot < 1 || !goIdentifier.MatchString(text[dot+1:]) || strings.ContainsAny(text, " \t\n\r\f\v\"") {
			k.problems.add(n, `x-go-type %q isn't a package path, a dot and a type: write it like example.org/money.Amount`, text)
		}
		return
	}
	if n.Kind != Object {
		k.problems.add(n, "x-go-type must be a string like example.org/money.Amount or {import: PATH, name: TYPE}, not %s %s", article(n.Kind), n.Kind)
		return
	}
	k.keys(n, "x-go-type", "import", "name")
	if path := n.Member("import"); path == nil {
		k.problems.add(n, "x-go-type has no import: add the path of the package")
	} else {
		k.nonEmpty(path, "import")
	}
	if name := n.Member("name"); name == nil {
		k.problems.add(n, "x-go-type has no name: add the name of the type")
	} else {
		k.identifier(name, "name")
	}
}
