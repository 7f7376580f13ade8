package predicate

import (
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// This file turns references into pointers.

// references reads $ref and its dynamic relatives. One that can only lead to one
// place becomes a plain reference.
func (k *keywords) references() {
	k.s.Ref = k.follow("$ref")
	if s := k.follow("$recursiveRef"); s != nil {
		k.dynamic(s, "", k.from.Refs["$recursiveRef"].Resource.Recursive())
	}
	if s := k.follow("$dynamicRef"); s != nil {
		ref, _ := k.n.Member("$dynamicRef").Str()
		_, anchor, _ := strings.Cut(ref, "#")
		own, _ := k.from.Refs["$dynamicRef"].Node.Member("$dynamicAnchor").Str()
		k.dynamic(s, anchor, anchor != "" && own == anchor)
	}
}

// follow returns the schema that the reference in a keyword points to, or nil if
// there is none.
func (k *keywords) follow(name string) *model.Schema {
	target := k.from.Refs[name]
	if target == nil {
		return nil
	}
	s := k.r.schema(target.Node)
	if target.Resource != k.from.Resource {
		k.r.entries = append(k.r.entries, entry{s, target.Resource})
	}
	return s
}

// dynamic notes a reference to s. Where it leads may depend on the dynamic scope.
func (k *keywords) dynamic(s *model.Schema, anchor string, depends bool) {
	ref := &model.Schema{Pointer: k.s.Pointer, Pos: k.s.Pos, Ref: s, DynamicRef: anchor, Dynamic: depends}
	if !depends {
		ref.DynamicRef = ""
	}
	if k.s.Ref == nil {
		k.s.Ref, k.s.DynamicRef, k.s.Dynamic = ref.Ref, ref.DynamicRef, ref.Dynamic
		return
	}
	k.s.AllOf = append(k.s.AllOf, ref)
}

// An entry is a predicate with which a resource is entered, even in its middle,
// and with the resource its dynamic scope.
type entry struct {
	by       *model.Schema
	resource *schema.Resource
}

// enter gives the predicates by which resources are entered their dynamic
// anchors.
func (r *reader) enter() {
	for i := 0; i < len(r.entries); i++ { // anchors can lead to more entries
		e := r.entries[i]
		e.by.Scope = nil
		for _, a := range e.resource.Scope(r.set) {
			e.by.Scope = append(e.by.Scope, model.Scope{Anchor: a.Name, Schema: r.schema(a.Schema.Node)})
		}
	}
}
