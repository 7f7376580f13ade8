// Package mistake finds what is valid JSON Schema and surely a mistake: an unknown
// keyword, or a check that no value can fail or pass.
//
// In a contract these are errors. A plain JSON Schema may have them, since its author
// may be someone else.
package mistake

import (
	"slices"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/contract"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keys"
	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/predicate"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// Find adds the mistakes in the schemas of a contract to problems. Validate checks defaults
// against their schemas; if nil, they aren't checked. It does
// nothing for a contract without a service, which is a plain JSON Schema.
func Find(c *contract.Contract, set *schema.Set, graph *predicate.Graph, validate gen.Validator, problems *gen.Problems) {
	if c.Service == nil {
		return
	}
	f := &finder{
		Checker: keys.Checker{Problems: problems}, graph: graph, validate: validate,
		annotate: c.AnnotateFormats, partial: map[*document.Node]bool{},
	}
	f.findPartial()
	for _, s := range set.Schemas {
		if s.Authored {
			f.schema(s)
		}
	}
	for _, k := range c.KeyFroms {
		f.keyFrom(k)
	}
}

// A finder looks for mistakes.
type finder struct {
	keys.Checker
	graph    *predicate.Graph
	validate gen.Validator
	annotate bool                    // formats are annotations
	partial  map[*document.Node]bool // schemas that say only a part about their value
}

// findPartial fills in partial. The branches of a schema that has nothing else say all
// about their value, unless that schema is partial itself.
func (f *finder) findPartial() {
	var branching []*model.Schema
	for _, whole := range f.graph.Schemas {
		switch {
		case f.graph.Target(whole) != nil:
		case onlyBranches(whole):
			branching = append(branching, whole)
		default:
			f.markParts(whole)
		}
	}
	for found := true; found; {
		found = false
		branching = slices.DeleteFunc(branching, func(whole *model.Schema) bool {
			partial := f.partial[f.graph.Node(whole)]
			if partial {
				f.markParts(whole)
				found = true
			}
			return partial
		})
	}
}

// onlyBranches reports whether s has branches and nothing else that its values must fit.
func onlyBranches(s *model.Schema) bool {
	rest := *s
	rest.OneOf, rest.AnyOf, rest.Types = nil, nil, 0
	return (s.OneOf != nil) != (s.AnyOf != nil) && keyword.IsEmpty(&rest)
}

// markParts notes that the parts of whole are partial.
func (f *finder) markParts(whole *model.Schema) {
	for part := range keyword.InPlaceOf(whole) {
		for ; part != nil && !f.partial[f.graph.Node(part)]; part = part.Ref {
			f.partial[f.graph.Node(part)] = true
		}
	}
}

// schema looks at one schema, which may be invalid in any way.
func (f *finder) schema(s *schema.Schema) {
	n := s.Node
	declared := declaredTypes(n)
	for i := range n.Members {
		f.keyword(s, &n.Members[i], declared)
	}
	f.enum(n.Member("enum"))
	f.bounds(s)
	f.format(n.Member("format"), declared)
	f.required(n)
	f.defaults(n)
}

// declaredTypes returns what the keyword type says, or 0.
func declaredTypes(n *document.Node) model.JSONType {
	t := n.Member("type")
	if name, ok := t.Str(); ok {
		return model.JSONTypeNamed(name)
	}
	var types model.JSONType
	if t != nil {
		for _, item := range t.Items {
			types |= model.JSONTypeNamed(item.Text)
		}
	}
	return types
}

// defaults looks for a default that its own schema refuses.
func (f *finder) defaults(n *document.Node) {
	value, s := n.Member("default"), f.graph.At(n)
	if value == nil || s == nil || f.validate == nil || f.graph.Endless {
		return
	}
	if s.Ref != nil {
		if enum := f.graph.Node(s.Ref).Member("enum"); enum != nil && enum.Kind == document.Array && len(enum.Items) == 0 {
			return // that no value fits is said there
		}
	}
	if err := f.validate(s, value.JSON()); err != nil {
		f.Problems.Add(value.Pos(), "default %s isn't accepted by its own schema: %v", value.JSON(), err)
	}
}
