package mistake

import (
	"slices"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/contract"
	"github.com/tpp-rpc/tpp/gen/model"
)

// keyFrom checks that every request has a string in the property that is the key of
// its answer.
func (f *finder) keyFrom(k contract.KeyFrom) {
	name, pos := k.Property.Text, k.Property.Pos()
	var names []string
	var property *model.Schema
	required := false
	if k.Request != nil {
		whole := f.graph.At(k.Request)
		for _, p := range append(f.graph.Parts(whole), whole) {
			if f.astray(p) {
				return // that the reference leads nowhere has been reported
			}
			for _, prop := range p.Properties {
				names = append(names, prop.Name)
				if prop.Name == name {
					property = prop.Schema
				}
			}
			required = required || slices.Contains(p.Required, name)
		}
	}
	switch {
	case property == nil:
		f.Problems.Add(pos, "keyFrom names property %q, which the request doesn't have%s", name, gen.Suggest(name, names))
	case !required:
		f.Problems.Add(pos, "keyFrom names property %q, which a request may leave out: add it to required", name)
	case f.graph.Types(property)&^model.JSONString != 0:
		f.Problems.Add(pos, "keyFrom names property %q, which isn't always a string: give it type: string", name)
	}
}

// astray reports whether s has a reference that leads nowhere.
func (f *finder) astray(s *model.Schema) bool {
	n := f.graph.Node(s)
	return n != nil && n.Member("$ref") != nil && s.Ref == nil
}
