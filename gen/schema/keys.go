package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/model"
)

// A keyChecker reads the keys of a contract. Each method takes the node of a
// value, which may be nil for a key that is absent, and notes what's wrong
// with it.
type keyChecker struct {
	problems *gen.Problems
	checks   []func(*lowerer)   // what can be checked when the schemas are known
	misspelt map[*Node][]string // the keys that unknown ones are likely to mean
}

// later notes a check that looks into the contract's schemas.
func (k *keyChecker) later(check func(*lowerer)) { k.checks = append(k.checks, check) }

// look notes what is wrong with the contract in view of its schemas.
func (k *keyChecker) look(l *lowerer) {
	for _, check := range k.checks {
		check(l)
	}
}

// keys notes the keys of n that aren't known there.
func (k *keyChecker) keys(n *Node, what string, known ...string) {
	for i := range n.Members {
		m := &n.Members[i]
		if slices.Contains(known, m.Name) {
			continue
		}
		near := closest(m.Name, known)
		hint := didYouMean(near)
		switch other := synonyms[m.Name]; {
		case slices.Contains(known, other):
			hint, near = fmt.Sprintf(": it's called %q here", other), other
		case hint == "":
			hint = ": it can have " + strings.Join(known, ", ")
		}
		k.problems.Add(m.Key.Pos(), "unknown key %q in %s%s", m.Name, what, hint)
		if k.misspelt == nil {
			k.misspelt = map[*Node][]string{}
		}
		k.misspelt[n] = append(k.misspelt[n], near)
	}
}

// lacks reports whether n has no such key, and no unknown one either that is
// likely to be meant for it: of that, keys has told.
func (k *keyChecker) lacks(n *Node, name string) bool {
	return n.Member(name) == nil && !slices.Contains(k.misspelt[n], name)
}

// synonyms are what authors who know other languages may write, and what the
// contract language calls it.
var synonyms = map[string]string{
	"definitions": "$defs", "components": "$defs", "types": "$defs",
	"name": "service", "methods": "actions", "procedures": "actions",
	"summary": "description", "doc": "description", "title": "description", "message": "description",
	"params": "request", "parameters": "request", "body": "request", "input": "request",
	"result": "response", "returns": "response", "output": "response", "throws": "errors",
}

// object reports whether n is an object.
func (k *keyChecker) object(n *Node, what string) bool {
	if n == nil {
		return false
	}
	if n.Kind != Object {
		k.wrongKind(n, what, Object)
	}
	return n.Kind == Object
}

// isSchema reports whether n has the form of a schema.
func (k *keyChecker) isSchema(n *Node, what string) bool {
	if n.Kind == Object || n.Kind == Bool {
		return true
	}
	if n.Kind == Null {
		k.problems.Add(n.Pos(), "%s is empty: write a schema, such as {type: string}", what)
	} else {
		k.problems.Add(n.Pos(), "%s must be a schema, an object or a boolean, not %s %s", what, article(n.Kind), n.Kind)
	}
	return false
}

// text returns the string that n is.
func (k *keyChecker) text(n *Node, what string) (string, bool) {
	if n == nil {
		return "", false
	}
	text, ok := n.Str()
	if !ok {
		k.wrongKind(n, what, String)
	}
	return text, ok
}

// nonEmpty returns the string that n is, which must have something in it.
func (k *keyChecker) nonEmpty(n *Node, what string) (string, bool) {
	text, ok := k.text(n, what)
	if ok && text == "" {
		k.problems.Add(n.Pos(), "%s is an empty string: fill it in, or leave the key out", what)
	}
	return text, ok && text != ""
}

// boolean returns whether n is true.
func (k *keyChecker) boolean(n *Node, what string) bool {
	if n != nil && n.Kind != Bool {
		k.wrongKind(n, what, Bool)
	}
	return n.True()
}

// oneOf returns which of some words n is.
func (k *keyChecker) oneOf(n *Node, what string, words ...string) (string, bool) {
	if n == nil {
		return "", false
	}
	text, ok := n.Str()
	if ok && slices.Contains(words, text) {
		return text, true
	}
	if ok {
		k.problems.Add(n.Pos(), "%s %q must be one of %s%s", what, text, strings.Join(words, ", "), suggest(text, words))
	} else {
		k.problems.Add(n.Pos(), "%s must be one of %s, not %s %s", what, strings.Join(words, ", "), article(n.Kind), n.Kind)
	}
	return "", false
}

// description returns the description in n.
func (k *keyChecker) description(n *Node) string {
	text, _ := k.text(n.Member("description"), "description")
	return strings.TrimSpace(text)
}

// deprecation returns why n is deprecated, or "" if it isn't.
func (k *keyChecker) deprecation(n *Node) string {
	d := n.Member("deprecated")
	if d == nil {
		return ""
	}
	if d.Kind == String {
		k.nonEmpty(d, "deprecated")
	} else if !d.True() {
		k.problems.Add(d.Pos(), "deprecated must be the reason, or true; leave it out for what isn't")
	}
	return deprecated(n)
}

var goIdentifier = regexp.MustCompile(`^[A-Z][A-Za-z0-9_]*$`)

// goName returns the name for Go in n.
func (k *keyChecker) goName(n *Node) model.Names {
	if at := n.Member("x-go-name"); at != nil {
		k.identifier(at, "x-go-name")
	}
	return goNames(n, "x-go-name")
}

// identifier notes if n isn't a name that Go exports.
func (k *keyChecker) identifier(n *Node, what string) {
	if name, ok := k.text(n, what); ok && !goIdentifier.MatchString(name) {
		k.problems.Add(n.Pos(), "%s %q can't be exported from Go: begin with a capital, then letters, digits and _", what, name)
	}
}

// wrongKind notes that n isn't what it should be.
func (k *keyChecker) wrongKind(n *Node, what string, want Kind) {
	switch {
	case n.Kind == Null:
		k.problems.Add(n.Pos(), "%s is empty: it must be %s %s", what, article(want), want)
	case want == Bool && n.Kind == String && slices.Contains([]string{"yes", "on", "true", "y"}, strings.ToLower(n.Text)):
		k.problems.Add(n.Pos(), "%s must be a boolean, not the string %q: write true", what, n.Text)
	case want == Bool && n.Kind == String && slices.Contains([]string{"no", "off", "false", "n"}, strings.ToLower(n.Text)):
		k.problems.Add(n.Pos(), "%s must be a boolean, not the string %q: write false", what, n.Text)
	case want == String && (n.Kind == Number || n.Kind == Bool):
		k.problems.Add(n.Pos(), "%s must be a string, not a %s: put it in quotes", what, n.Kind)
	default:
		k.problems.Add(n.Pos(), "%s must be %s %s, not %s %s", what, article(want), want, article(n.Kind), n.Kind)
	}
}

// namesakes finds names that generated code couldn't tell apart, since only
// their letters and digits get there.
type namesakes struct {
	what string
	seen map[string]string // the name that came first
}

func (s *namesakes) add(problems *gen.Problems, m *Member, chosen model.Names) {
	name := m.Name
	if goName := chosen["go"]; goName != "" {
		name = goName
	}
	key := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
	if s.seen == nil {
		s.seen = map[string]string{}
	}
	if first, ok := s.seen[key]; ok {
		problems.Add(m.Key.Pos(), "%s %q and %q get the same name in Go: give one of them another with x-go-name", s.what, first, m.Name)
		return
	}
	s.seen[key] = m.Name
}

// suggest returns a hint at the one of the known words that is most like
// word, or "" if none is.
func suggest(word string, known []string) string {
	return didYouMean(closest(word, known))
}

// Suggest returns what to say behind a word that isn't known, such as
// `: did you mean "order"?`, or "" if none of the known words is like it.
func Suggest(word string, known []string) string { return suggest(word, known) }

func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", word)
}

// closest returns the one of the known words that is most like word, or "" if
// none is.
func closest(word string, known []string) string {
	best, least := "", max(1, len(word)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to insert, remove, replace or swap with the next
// one to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
