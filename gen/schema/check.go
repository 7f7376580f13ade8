package schema

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tpp-rpc/tpp/gen/keyword"
)

// checkSchema notes what the metaschemas of the drafts have against the schema
// n and those in it, unless that has been done.
func (l *lowerer) checkSchema(n *Node) {
	if l.checked[n] {
		return
	}
	d := l.homes[n].dialect.draft
	var embedded []*Node
	doc := valueWithout(n, func(in *Node) bool {
		l.checked[in] = true
		home := l.homes[in]
		if in == n || home == nil || home.dialect.draft == d {
			return false
		}
		embedded = append(embedded, in) // it's of another draft
		delete(l.checked, in)
		return true
	})
	for _, in := range embedded {
		l.checkSchema(in)
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(metaschemas[d].Validate(doc), &invalid) {
		return
	}
	reasons := map[*Node][]string{}
	var order []*Node
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
		l.problems.Add(at.Pos(), "%s", strings.Join(reasons[at], ", "))
	}
}

// metaschemas holds the compiled metaschema of each draft.
var metaschemas = func() map[keyword.Draft]*jsonschema.Schema {
	m := map[keyword.Draft]*jsonschema.Schema{}
	for uri, d := range draftURIs {
		m[d] = jsonschema.MustCompile(uri)
	}
	return m
}()

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
func follow(n *Node, pointer string) *Node {
	for _, tok := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		tok = strings.NewReplacer("~1", "/", "~0", "~").Replace(tok)
		next := n.Member(tok)
		if i, err := strconv.Atoi(tok); err == nil && n.Kind == Array && i < len(n.Items) {
			next = n.Items[i]
		}
		if next == nil {
			break
		}
		n = next
	}
	return n
}

// value returns n as encoding/json would decode it.
func value(n *Node) any { return valueWithout(n, nil) }

// valueWithout is value with {} in place of the nodes for which leaveOut, which
// may be nil, returns true.
func valueWithout(n *Node, leaveOut func(*Node) bool) any {
	if leaveOut != nil && leaveOut(n) {
		return map[string]any{}
	}
	switch n.Kind {
	case Bool:
		return n.Bool
	case Number:
		return json.Number(n.Text)
	case String:
		return n.Text
	case Array:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, valueWithout(item, leaveOut))
		}
		return list
	case Object:
		m := map[string]any{}
		for _, mem := range n.Members {
			m[mem.Name] = valueWithout(mem.Value, leaveOut)
		}
		return m
	}
	return nil
}
