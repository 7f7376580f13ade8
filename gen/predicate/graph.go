// Package predicate reads schemas into predicates of the model.
//
// This step of reading removes the differences between drafts: references become
// pointers, and every keyword means what it means in draft 2020-12. How a keyword is
// read follows from its row in gen/keyword. The step before, gen/schema, says which
// schemas there are and where references lead. A predicate is a model.Schema.
package predicate

import (
	"fmt"
	"slices"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// A Graph is the predicates of a contract. They refer to each other, and cycles
// are real. It isn't safe for concurrent use.
type Graph struct {
	// Schemas are all predicates in the order in which they were met. Those that
	// others were put together from aren't among them.
	Schemas []*model.Schema

	// Endless says that a schema applies itself to the same value again, so that no
	// value can be validated, or that it leads to too many others for the same value.
	// This is reported as a problem.
	Endless bool

	at      map[*document.Node]*model.Schema
	node    map[*model.Schema]*document.Node
	dynamic map[*model.Schema]bool           // see Dynamic
	types   map[*model.Schema]model.JSONType // see Types

	clones   []*model.Schema                   // what specialize made
	variants map[*model.Schema][]*model.Schema // see Variant
}

// At returns the predicate that the schema at n is, or nil if nothing leads there.
func (g *Graph) At(n *document.Node) *model.Schema { return g.at[n] }

// Node returns where a predicate comes from, or nil if it was put together from
// others.
func (g *Graph) Node(s *model.Schema) *document.Node { return g.node[s] }

// Read returns the predicates of the schemas at the nodes in roots, and of all
// that these lead to. Those of the roots that are definitions matter to nothing unless
// something refers to them. What is wrong is added to problems.
func Read(set *schema.Set, roots, definitions []*document.Node, problems *gen.Problems) *Graph {
	r := &reader{set: set, problems: problems, graph: &Graph{
		at:    map[*document.Node]*model.Schema{},
		node:  map[*model.Schema]*document.Node{},
		types: map[*model.Schema]model.JSONType{},
	}}
	for _, n := range roots {
		// A schema that is judged by itself begins in the scope of its resource.
		if s := set.Of(n); s != nil {
			r.entries = append(r.entries, entry{r.schema(n), s.Resource})
		}
	}
	r.enter()
	entries := make([]*model.Schema, len(roots))
	for i, n := range roots {
		entries[i] = r.graph.at[n]
	}
	r.specialize(entries, 8*len(r.graph.Schemas)+1000)
	r.graph.dynamic = dynamic(r.graph.Schemas)
	r.endless(roots, definitions)
	return r.graph
}

// Bounds on the schemas that apply to the same value: how many in a row, and how many paths
// through them. Later steps walk these paths more than once.
const (
	maxInPlace = 500
	maxWays    = 100_000
)

// A reach is how far a schema leads for the same value.
type reach struct {
	far, ways int // the longest way, and all ways; both 0 while they are being counted
}

// endless adds a problem for the schemas that apply themselves to the same value again, and
// for those that lead too far. A loop of definitions that nothing else refers to is no
// problem.
func (r *reader) endless(roots, definitions []*document.Node) {
	seen := map[*model.Schema]*reach{}
	var visit func(s *model.Schema) *reach
	visit = func(s *model.Schema) *reach {
		if s == nil {
			return &reach{1, 1}
		}
		if seen[s] != nil {
			return seen[s]
		}
		seen[s] = new(reach)
		all := reach{ways: 1}
		for next := range keyword.InPlaceOf(s) {
			n := visit(next)
			if n.far == 0 {
				if loop := loopOf(s); r.isUsed(loop, roots, definitions) {
					r.refuse(s, "this schema refers to itself without end: no value could be judged by it")
				} else {
					for s := range loop {
						*s = model.Schema{Pointer: s.Pointer, Pos: s.Pos}
					}
				}
				break
			}
			all.far = max(all.far, n.far)
			all.ways = min(all.ways+n.ways, maxWays+1)
		}
		all.far++
		switch {
		case all.far > maxInPlace:
			r.refuse(s, fmt.Sprintf("this schema leads through more than %d others for the same value", maxInPlace))
			all = reach{1, 1}
		case all.ways > maxWays:
			r.refuse(s, fmt.Sprintf("this schema leads on more than %d ways to others for the same value", maxWays))
			all = reach{1, 1}
		}
		*seen[s] = all
		return seen[s]
	}
	for _, s := range slices.Concat(r.graph.Schemas, r.graph.clones) {
		visit(s)
	}
}

// Variant returns what tells s apart from other predicates of the same schema: the
// schemas that dynamic references lead to in it. It returns nil if there are no others.
func (g *Graph) Variant(s *model.Schema) []*model.Schema { return g.variants[s] }

// loopOf returns the schemas that s leads to for the same value, and that lead back to it.
func loopOf(s *model.Schema) map[*model.Schema]bool {
	before := map[*model.Schema][]*model.Schema{}
	seen := map[*model.Schema]bool{}
	var forth func(s *model.Schema)
	forth = func(s *model.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for next := range keyword.InPlaceOf(s) {
			before[next] = append(before[next], s)
			forth(next)
		}
	}
	forth(s)
	loop := map[*model.Schema]bool{}
	var back func(s *model.Schema)
	back = func(s *model.Schema) {
		if !loop[s] {
			loop[s] = true
			for _, b := range before[s] {
				back(b)
			}
		}
	}
	back(s)
	return loop
}

// isUsed reports whether anything but the schemas of a loop leads to one of them.
func (r *reader) isUsed(loop map[*model.Schema]bool, roots, definitions []*document.Node) bool {
	for _, n := range roots {
		if loop[r.graph.at[n]] && !slices.Contains(definitions, n) {
			return true
		}
	}
	for _, s := range r.graph.Schemas {
		if loop[s] {
			continue
		}
		for c := range keyword.Children(s) {
			if loop[c.Schema] {
				return true
			}
		}
	}
	return false
}

// refuse adds a problem of a schema that no step can go through.
func (r *reader) refuse(s *model.Schema, why string) {
	r.problems.Add(s.Pos, "%s", why)
	r.graph.Endless = true
}

// Target returns the schema that s is a mere reference to, or nil. A reference
// that enters a dynamic scope is more than that, and so is one next to which the
// author names a type.
func (g *Graph) Target(s *model.Schema) *model.Schema {
	if s.Ref == nil || s.Dynamic || g.Dynamic(s) || s.Notes != nil && s.Notes.Import != nil {
		return nil
	}
	rest := *s
	rest.Ref = nil
	if !keyword.IsEmpty(&rest) {
		return nil
	}
	return s.Ref
}

// Parts returns the schemas that s is composed of by reference and allOf,
// however deep, in their order.
func (g *Graph) Parts(s *model.Schema) []*model.Schema {
	var list []*model.Schema
	seen := map[*model.Schema]bool{}
	var visit func(p *model.Schema)
	visit = func(p *model.Schema) {
		if p == nil || p.Dynamic || seen[p] || g.Dynamic(p) {
			return
		}
		seen[p] = true
		for _, q := range Composed(p) {
			visit(q)
		}
		list = append(list, p)
	}
	for _, p := range Composed(s) {
		visit(p)
	}
	return list
}

// Composed returns the schemas that s itself is composed of by reference and
// allOf.
func Composed(s *model.Schema) []*model.Schema {
	if s.Ref == nil || s.Dynamic {
		return s.AllOf
	}
	return append([]*model.Schema{s.Ref}, s.AllOf...)
}

// Dynamic reports whether the verdict of s may depend on the dynamic scope.
func (g *Graph) Dynamic(s *model.Schema) bool {
	if _, read := g.node[s]; read || s == nil {
		return g.dynamic[s]
	}
	if d, ok := g.dynamic[s]; ok {
		return d
	}
	g.dynamic[s] = s.Dynamic
	for c := range keyword.Children(s) {
		g.dynamic[s] = g.dynamic[s] || c.Keyword.Place != keyword.Elsewhere && g.Dynamic(c.Schema)
	}
	return g.dynamic[s]
}

// dynamic returns the schemas from which a dynamic reference can be reached.
func dynamic(all []*model.Schema) map[*model.Schema]bool {
	parents := map[*model.Schema][]*model.Schema{}
	var reached []*model.Schema
	for _, s := range all {
		// A $dynamicRef next to a $ref stands in an allOf that we made.
		if s.Dynamic || slices.ContainsFunc(s.AllOf, func(p *model.Schema) bool { return p.Dynamic }) {
			reached = append(reached, s)
		}
		for c := range keyword.Children(s) {
			if c.Keyword.Place != keyword.Elsewhere {
				parents[c.Schema] = append(parents[c.Schema], s)
			}
		}
	}
	marked := map[*model.Schema]bool{}
	for len(reached) > 0 {
		s := reached[len(reached)-1]
		reached = reached[:len(reached)-1]
		if !marked[s] {
			marked[s] = true
			reached = append(reached, parents[s]...)
		}
	}
	return marked
}
