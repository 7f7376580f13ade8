package schema

// This file validates schemas against the metaschemas of their drafts.

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
			return false
		}
		embedded = append(embedded, in) // it's of another draft
		delete(c.checked, in)
		return true
	})
	for _, in := range embedded {
		c.check(in)
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(metaschemaOf(d).Validate(doc), &invalid) {
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
		return json.Number(n.Text)
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
