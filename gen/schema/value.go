package schema

// This file converts schemas for the library that validates them.

import (
	"encoding/json"
	"hash/fnv"
	"math/big"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
)

// A value makes values for the library of nodes. It gives it no text that the library
// would judge by a format: patterns and references have checks of their own, and what
// the library takes for a mistake in one of them would make its verdict on everything
// around it wrong. Its regular expressions are Go's.
type value struct {
	draft    keyword.Draft
	leaveOut func(*document.Node) bool // {} stands in place of these
}

// A role is what a node is to its metaschema.
type role int

const (
	asData     role = iota // nothing that the metaschema looks into
	asSchema               // a schema
	asSchemas              // a list or an object of schemas
	asPatterns             // an object of schemas with patterns as names
)

// of returns n as encoding/json would decode it.
func (v *value) of(n *document.Node, r role) any {
	if v.leaveOut(n) {
		return map[string]any{}
	}
	switch n.Kind {
	case document.Bool:
		return n.Bool
	case document.Number:
		return number(n.Text)
	case document.String:
		return n.Text
	case document.Array:
		inner := asData
		if r == asSchemas {
			inner = asSchema
		}
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = v.of(item, inner)
		}
		return list
	case document.Object:
		return v.members(n, r)
	}
	return nil
}

func (v *value) members(n *document.Node, r role) map[string]any {
	var names map[string]string
	if r == asPatterns {
		names = aliases(n)
	}
	m := make(map[string]any, len(n.Members))
	for i := range n.Members {
		mem := &n.Members[i]
		name := mem.Name
		if alias, ok := names[name]; ok {
			name = alias
		}
		switch r {
		case asSchema:
			m[name] = v.keyword(mem)
		case asSchemas, asPatterns:
			m[name] = v.of(mem.Value, asSchema)
		default:
			m[name] = v.of(mem.Value, asData)
		}
	}
	return m
}

// keyword returns the value of a keyword.
func (v *value) keyword(m *document.Member) any {
	k := keyword.Lookup(m.Name, v.draft)
	if k == nil {
		return v.of(m.Value, asData)
	}
	text, isText := m.Value.Str()
	switch k.Holds {
	case keyword.Pattern:
		if isText {
			return ""
		}
	case keyword.Reference, keyword.Text:
		if isText && k.Vocabulary == keyword.Core && !jsonschema.Formats["uri-reference"](text) {
			return "tpp:unknown"
		}
	case keyword.Schema:
		return v.of(m.Value, asSchema)
	case keyword.SchemaList, keyword.SchemaMap, keyword.Dependencies:
		return v.of(m.Value, asSchemas)
	case keyword.Items:
		if m.Value.Kind == document.Array {
			return v.of(m.Value, asSchemas)
		}
		return v.of(m.Value, asSchema)
	case keyword.PatternMap:
		return v.of(m.Value, asPatterns)
	}
	return v.of(m.Value, asData)
}

// aliases returns the names by which the library knows those of n's members that it
// wouldn't take for patterns.
func aliases(n *document.Node) map[string]string {
	var names map[string]string
	for i := range n.Members {
		name := n.Members[i].Name
		if jsonschema.Formats["regex"](name) {
			continue
		}
		if names == nil {
			names = map[string]string{}
		}
		alias := "pattern" + strconv.Itoa(i)
		for n.Member(alias) != nil {
			alias += "'"
		}
		names[name] = alias
	}
	return names
}

// follow returns the node at a JSON pointer into the value of n, or the last one on the
// way.
func follow(n *document.Node, pointer string) *document.Node {
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		next := n.Child(token)
		if next == nil {
			for name, alias := range aliases(n) {
				if alias == token {
					next = n.Member(name)
				}
			}
		}
		if next == nil {
			break
		}
		n = next
	}
	return n
}

// expands reports whether math/big, which the library uses, takes a number.
func expands(text string) bool {
	if i := strings.IndexAny(text, "eE"); i < 0 || len(text)-i <= 5 {
		return true
	}
	_, ok := new(big.Rat).SetString(text)
	return ok
}

// number returns a number for the library. In place of one that it can't take stands
// a positive integer that's another for another text.
func number(text string) json.Number {
	if expands(text) {
		return json.Number(text)
	}
	h := fnv.New64a()
	h.Write([]byte(text))
	return json.Number(strconv.FormatUint(h.Sum64()|1, 10))
}
