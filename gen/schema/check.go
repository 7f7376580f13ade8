package schema

// This file validates schemas against the metaschemas of their drafts.

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
)

// check validates the schemas at some nodes, and those in them, against the
// metaschemas of their drafts, and adds what is wrong.
func (f *finder) check(nodes []*document.Node) {
	c := checker{f, map[*document.Node]bool{}}
	for _, n := range nodes {
		c.check(n)
	}
	for _, s := range f.set.Schemas {
		s.Authored = c.checked[s.Node] && s.Node.Kind == document.Object && !f.published[s.Node.File]
	}
}

// A checker validates schemas against metaschemas.
type checker struct {
	finder  *finder
	checked map[*document.Node]bool // what needn't be checked again
}

func (c *checker) check(n *document.Node) {
	if c.checked[n] {
		return
	}
	d := c.finder.set.of[n].Draft()
	var embedded []*document.Node
	doc := valueWithout(n, func(in *document.Node) bool {
		c.checked[in] = true
		s := c.finder.set.of[in]
		if in == n || s == nil || s.Draft() == d {
			c.exponents(s)
			return false
		}
		embedded = append(embedded, in) // it's of another draft
		delete(c.checked, in)
		return true
	})
	for _, in := range embedded {
		c.check(in)
	}
	err := validate(metaschemaOf(d), doc)
	var invalid *jsonschema.ValidationError
	switch {
	case err == nil:
		return
	case !errors.As(err, &invalid):
		c.finder.problems.Add(n.Pos(), "the schema can't be checked: %v", err)
		return
	}
	reasons := map[*document.Node][]string{}
	var order []*document.Node
	for _, leaf := range leaves(invalid) {
		if strings.HasSuffix(leaf.KeywordLocation, "/format") {
			continue // patterns and references have checks of their own, with better words
		}
		at := follow(n, leaf.InstanceLocation)
		why := reason(at, leaf, d)
		if why == "" || slices.Contains(reasons[at], why) {
			continue
		}
		if reasons[at] == nil {
			order = append(order, at)
		}
		reasons[at] = append(reasons[at], why)
	}
	for _, at := range order {
		c.finder.problems.Add(at.Pos(), "%s", strings.Join(reasons[at], ", "))
	}
}

// validate validates a value. It returns an error if the library panics.
func validate(s *jsonschema.Schema, value any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the validator panics: %v", r)
		}
	}()
	return s.Validate(value)
}

// exponents reports the numbers of a schema that its metaschema has a rule for, and
// whose exponents are too large to validate. A nil schema has none.
func (c *checker) exponents(s *Schema) {
	if s == nil {
		return
	}
	for i := range s.Node.Members {
		m := &s.Node.Members[i]
		if m.Value.Kind != document.Number || s.Keyword(m) == nil {
			continue
		}
		switch m.Name {
		case "const", "default", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
			continue // any number will do
		}
		if !expands(m.Value.Text) {
			c.finder.problems.Add(m.Value.Pos(), "%s %s is out of range: an exponent must be between -1000000 and 1000000", m.Name, m.Value.Text)
		}
	}
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

// compiled holds the compiled metaschemas.
var compiled sync.Map // of *jsonschema.Schema, by keyword.Draft

// metaschemaOf returns the compiled metaschema of a draft. It's safe for
// concurrent use.
func metaschemaOf(d keyword.Draft) *jsonschema.Schema {
	if s, ok := compiled.Load(d); ok {
		return s.(*jsonschema.Schema)
	}
	for uri, draft := range draftURIs {
		if draft == d {
			s, _ := compiled.LoadOrStore(d, jsonschema.MustCompile(uri))
			return s.(*jsonschema.Schema)
		}
	}
	panic(fmt.Sprintf("schema: no metaschema for %v", d))
}

func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var list []*jsonschema.ValidationError
	for _, c := range e.Causes {
		list = append(list, leaves(c)...)
	}
	return list
}

// follow returns the node at a JSON pointer, or the last one on the way.
func follow(n *document.Node, pointer string) *document.Node {
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		next := n.Child(token)
		if next == nil {
			break
		}
		n = next
	}
	return n
}

// valueWithout returns n as encoding/json would decode it, with {} in place of the
// nodes for which leaveOut returns true.
func valueWithout(n *document.Node, leaveOut func(*document.Node) bool) any {
	if leaveOut(n) {
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
		list := []any{}
		for _, item := range n.Items {
			list = append(list, valueWithout(item, leaveOut))
		}
		return list
	case document.Object:
		m := map[string]any{}
		for _, mem := range n.Members {
			m[mem.Name] = valueWithout(mem.Value, leaveOut)
		}
		return m
	}
	return nil
}
