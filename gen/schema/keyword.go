package schema

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/keyword"
)

// besideRef tells of the keywords that have a meaning beside a $ref in
// every draft: those that say nothing of values, and definitions, which
// references look through.
func besideRef(k *keyword.Keyword) bool {
	return k.Holds == keyword.Remark || k.Name == "$ref" || k.Name == "definitions"
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
			checkKeyword(l.problems, n, m, in.dialect.draft)
			if k := keyword.Named(m.Name); alone && k != nil && !besideRef(k[0]) {
				l.problems.Add(m.Key.Pos(), "%s beside $ref has no meaning in %s: put both in allOf", m.Name, in.dialect.draft)
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

// checkKeyword notes if m, a member of the schema n, is no keyword of the draft.
func checkKeyword(problems *gen.Problems, n *Node, m *Member, d keyword.Draft) {
	rows := keyword.Named(m.Name)
	switch {
	case rows == nil:
		known := []string{"x-go-name", "x-go-type", "x-go-names", "x-tpp-secret"}
		for _, k := range keyword.All {
			if k.In(d) {
				known = append(known, k.Name)
			}
		}
		slices.Sort(known)
		hint := suggest(m.Name, known)
		switch other := foreign[m.Name]; {
		case m.Name == "nullable":
			hint = ": write type: " + nullable(n)
		case other != "":
			hint = ": " + other
		case hint == "":
			hint = ": remove it, or let it begin with x- if it's for another tool"
		}
		problems.Add(m.Key.Pos(), "unknown keyword %q in a schema%s", m.Name, hint)
	case keyword.Lookup(m.Name, d) == nil:
		hint := ""
		if other := rows[0].Instead; other != "" {
			hint = ": use " + other
		}
		problems.Add(m.Key.Pos(), "keyword %q has no meaning in %s%s", m.Name, d, hint)
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

// extension checks the value of one of our own keywords. Those of others may
// hold anything.
func (k *keyChecker) extension(m *Member) {
	n := m.Value
	switch m.Name {
	case "x-go-name":
		k.identifier(n, "x-go-name")
	case "x-tpp-secret":
		if !n.True() {
			k.problems.Add(n.Pos(), "x-tpp-secret can only be true; leave it out for what may be logged")
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
			k.problems.Add(m.Key.Pos(), "unknown keyword %q in a schema%s", m.Name, suggest(m.Name, ours))
		}
	}
}

// goType checks an x-go-type: "path.Name", or {import: path, name: Name}.
func (k *keyChecker) goType(n *Node) {
	if text, ok := n.Str(); ok {
		dot := strings.LastIndex(text, ".")
		if dot < 1 || !goIdentifier.MatchString(text[dot+1:]) || strings.ContainsAny(text, " \t\n\r\f\v\"") {
			k.problems.Add(n.Pos(), `x-go-type %q isn't a package path, a dot and a type: write it like example.org/money.Amount`, text)
		}
		return
	}
	if n.Kind != Object {
		k.problems.Add(n.Pos(), "x-go-type must be a string like example.org/money.Amount or {import: PATH, name: TYPE}, not %s %s", article(n.Kind), n.Kind)
		return
	}
	k.keys(n, "x-go-type", "import", "name")
	if path := n.Member("import"); path == nil {
		k.problems.Add(n.Pos(), "x-go-type has no import: add the path of the package")
	} else {
		k.nonEmpty(path, "import")
	}
	if name := n.Member("name"); name == nil {
		k.problems.Add(n.Pos(), "x-go-type has no name: add the name of the type")
	} else {
		k.identifier(name, "name")
	}
}
