// Package keys reads the keys of documents that people write, and says what is
// wrong with them.
package keys

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
)

// A Checker reads the keys of objects. Most of its methods take the node of a
// value, which is nil for a key that is absent, and add what is wrong with it to
// Problems. What says in messages which value it is. It isn't safe for concurrent
// use.
type Checker struct {
	Problems *gen.Problems

	// Synonyms are what authors who know other languages may write, and what it's
	// called here. It may be nil.
	Synonyms map[string]string

	misspelt map[*document.Node][]string // the keys that unknown ones are likely to mean
}

// Keys adds a problem for each key of n that isn't among those known there.
func (k *Checker) Keys(n *document.Node, what string, known ...string) {
	for i := range n.Members {
		m := &n.Members[i]
		if slices.Contains(known, m.Name) {
			continue
		}
		near, hint := gen.Closest(m.Name, known), gen.Suggest(m.Name, known)
		switch other := k.Synonyms[m.Name]; {
		case slices.Contains(known, other):
			hint, near = fmt.Sprintf(": it's called %q here", other), other
		case hint == "":
			hint = ": it can have " + strings.Join(known, ", ")
		}
		k.Problems.Add(m.Key.Pos(), "unknown key %q in %s%s", m.Name, what, hint)
		if k.misspelt == nil {
			k.misspelt = map[*document.Node][]string{}
		}
		k.misspelt[n] = append(k.misspelt[n], near)
	}
}

// Lacks reports whether n has no such key. If n has an unknown key that is likely
// to be meant for it, Lacks returns false, since Keys has reported that one.
func (k *Checker) Lacks(n *document.Node, name string) bool {
	return n.Member(name) == nil && !slices.Contains(k.misspelt[n], name)
}

// Object reports whether n is an object. A nil n isn't, and is no problem.
func (k *Checker) Object(n *document.Node, what string) bool {
	if n == nil {
		return false
	}
	if n.Kind != document.Object {
		k.WrongKind(n, what, document.Object)
	}
	return n.Kind == document.Object
}

// Schema reports whether n, which isn't nil, has the form of a schema.
func (k *Checker) Schema(n *document.Node, what string) bool {
	if n.IsSchema() {
		return true
	}
	if n.Kind == document.Null {
		k.Problems.Add(n.Pos(), "%s is empty: write a schema, such as {type: string}", what)
	} else {
		k.Problems.Add(n.Pos(), "%s must be a schema, an object or a boolean, not %s", what, n.Kind.One())
	}
	return false
}

// Text returns the string that n is. A nil n is none, and is no problem.
func (k *Checker) Text(n *document.Node, what string) (string, bool) {
	if n == nil {
		return "", false
	}
	text, ok := n.Str()
	if !ok {
		k.WrongKind(n, what, document.String)
	}
	return text, ok
}

// NonEmpty is Text for a string that must not be empty.
func (k *Checker) NonEmpty(n *document.Node, what string) (string, bool) {
	text, ok := k.Text(n, what)
	if ok && text == "" {
		k.Problems.Add(n.Pos(), "%s is an empty string: fill it in, or leave the key out", what)
	}
	return text, ok && text != ""
}

// Bool reports whether n is true. A nil n isn't, and is no problem.
func (k *Checker) Bool(n *document.Node, what string) bool {
	if n != nil && n.Kind != document.Bool {
		k.WrongKind(n, what, document.Bool)
	}
	return n.True()
}

// OneOf returns which of the words n is. A nil n is none, and is no problem.
func (k *Checker) OneOf(n *document.Node, what string, words ...string) (string, bool) {
	if n == nil {
		return "", false
	}
	text, ok := n.Str()
	if ok && slices.Contains(words, text) {
		return text, true
	}
	if ok {
		k.Problems.Add(n.Pos(), "%s %q must be one of %s%s", what, text, strings.Join(words, ", "), gen.Suggest(text, words))
	} else {
		k.Problems.Add(n.Pos(), "%s must be one of %s, not %s", what, strings.Join(words, ", "), n.Kind.One())
	}
	return "", false
}

var goName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_]*$`)

// GoName reports whether name can be what an author calls something in Go.
func GoName(name string) bool { return goName.MatchString(name) }

// Exported adds a problem if n isn't a name that Go exports.
func (k *Checker) Exported(n *document.Node, what string) {
	if name, ok := k.Text(n, what); ok && !GoName(name) {
		k.Problems.Add(n.Pos(), "%s %q can't be exported from Go: begin with a capital, then letters, digits and _", what, name)
	}
}

// WrongKind adds that n isn't of the type that it should be.
func (k *Checker) WrongKind(n *document.Node, what string, want document.Kind) {
	switch {
	case n.Kind == document.Null:
		k.Problems.Add(n.Pos(), "%s is empty: it must be %s", what, want.One())
	case want == document.Bool && n.Kind == document.String && slices.Contains([]string{"yes", "on", "true", "y"}, strings.ToLower(n.Text)):
		k.Problems.Add(n.Pos(), "%s must be a boolean, not the string %q: write true", what, n.Text)
	case want == document.Bool && n.Kind == document.String && slices.Contains([]string{"no", "off", "false", "n"}, strings.ToLower(n.Text)):
		k.Problems.Add(n.Pos(), "%s must be a boolean, not the string %q: write false", what, n.Text)
	case want == document.String && (n.Kind == document.Number || n.Kind == document.Bool):
		k.Problems.Add(n.Pos(), "%s must be a string, not a %s: put it in quotes", what, n.Kind)
	default:
		k.Problems.Add(n.Pos(), "%s must be %s, not %s", what, want.One(), n.Kind.One())
	}
}
