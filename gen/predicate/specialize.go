package predicate

import (
	"fmt"
	"slices"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// This file makes dynamic references plain ones.
//
// The dynamic scope depends on the schemas on the way from a root, and not on the value. So
// a schema that is reached in two scopes becomes two schemas, each of which refers to what
// its scope says.

// A binding is an anchor and the schema that it names in a dynamic scope.
type binding struct {
	anchor string
	target *model.Schema
}

// A specializer replaces the schemas from which a dynamic reference can be reached.
type specializer struct {
	matters map[*model.Schema][]string // the anchors that a schema's verdict depends on
	made    map[string]*special        // by schema and scope
	queue   []*special
	count   map[*model.Schema]int // how many specials a schema has
	number  map[*model.Schema]int // tells schemas apart in the keys of made
}

// A special is a schema in one dynamic scope.
type special struct {
	from  *model.Schema
	scope []binding
	into  *model.Schema // from itself for the first scope that it's reached in
	value model.Schema  // what into becomes
}

// specialize turns the dynamic references that can be reached from roots into plain ones.
// It changes nothing if that makes more than limit schemas: then an evaluator follows them.
func (r *reader) specialize(roots []*model.Schema, limit int) {
	sp := &specializer{
		matters: mattering(r.graph.Schemas), made: map[string]*special{},
		count: map[*model.Schema]int{}, number: map[*model.Schema]int{},
	}
	if len(sp.matters) == 0 {
		return
	}
	for _, s := range roots {
		sp.in(s, nil)
	}
	for i := 0; i < len(sp.queue); i++ {
		if i == limit {
			return
		}
		sp.fill(sp.queue[i])
	}
	r.graph.variants = map[*model.Schema][]*model.Schema{}
	for _, one := range sp.queue {
		*one.into = one.value
		if one.into != one.from {
			r.graph.clones = append(r.graph.clones, one.into)
			r.graph.node[one.into] = r.graph.node[one.from]
		}
		if sp.count[one.from] == 1 {
			continue
		}
		for _, b := range one.scope {
			r.graph.variants[one.into] = append(r.graph.variants[one.into], b.target)
		}
	}
}

// in returns the schema that s is in a dynamic scope.
func (sp *specializer) in(s *model.Schema, scope []binding) *model.Schema {
	anchors := sp.matters[s]
	if len(anchors) == 0 {
		return s
	}
	var own []binding
	key := fmt.Sprint(sp.numberOf(s))
	for _, a := range anchors {
		if target := bound(scope, s.Scope, a); target != nil {
			own = append(own, binding{a, target})
			key += fmt.Sprintf(" %d", sp.numberOf(target))
			continue
		}
		key += " -"
	}
	if one := sp.made[key]; one != nil {
		return one.into
	}
	one := &special{from: s, scope: own, into: s}
	if sp.count[s]++; sp.count[s] > 1 {
		one.into = new(model.Schema)
	}
	sp.made[key] = one
	sp.queue = append(sp.queue, one)
	return one.into
}

// bound returns what an anchor names in a scope that the resource with the anchors in
// entered has been added to, or nil. The outermost resource decides.
func bound(scope []binding, entered []model.Scope, anchor string) *model.Schema {
	for _, b := range scope {
		if b.anchor == anchor {
			return b.target
		}
	}
	for _, a := range entered {
		if a.Anchor == anchor {
			return a.Schema
		}
	}
	return nil
}

func (sp *specializer) numberOf(s *model.Schema) int {
	if _, ok := sp.number[s]; !ok {
		sp.number[s] = len(sp.number)
	}
	return sp.number[s]
}

// fill makes the value of a special.
func (sp *specializer) fill(one *special) {
	v := *one.from
	if v.Dynamic {
		if target := bound(one.scope, nil, v.DynamicRef); target != nil {
			v.Ref = target
		}
		v.Dynamic, v.DynamicRef = false, ""
	}
	v.Scope = nil
	keyword.Replace(&v, func(s *model.Schema) *model.Schema { return sp.in(s, one.scope) })
	one.value = v
}

// mattering returns for each schema the anchors of the dynamic references that can be
// reached from it, in order. Schemas without any aren't in the map.
func mattering(all []*model.Schema) map[*model.Schema][]string {
	named := map[string][]*model.Schema{} // what an anchor may name
	for _, s := range all {
		for _, a := range s.Scope {
			named[a.Anchor] = append(named[a.Anchor], a.Schema)
		}
	}
	users := map[*model.Schema][]*model.Schema{}
	begin := map[string][]*model.Schema{} // dynamic references by anchor
	seen := map[*model.Schema]bool{}
	var visit func(s *model.Schema)
	visit = func(s *model.Schema) {
		if seen[s] {
			return
		}
		seen[s] = true
		use := func(child *model.Schema) {
			users[child] = append(users[child], s)
			visit(child)
		}
		if s.Dynamic {
			begin[s.DynamicRef] = append(begin[s.DynamicRef], s)
			for _, target := range named[s.DynamicRef] {
				use(target)
			}
		}
		for c := range keyword.Children(s) {
			if c.Keyword.Holds != keyword.Anchors {
				use(c.Schema)
			}
		}
	}
	for _, s := range all {
		visit(s)
	}
	matters := map[*model.Schema][]string{}
	for anchor, list := range begin {
		reached := map[*model.Schema]bool{}
		for len(list) > 0 {
			s := list[len(list)-1]
			list = list[:len(list)-1]
			if !reached[s] {
				reached[s] = true
				matters[s] = append(matters[s], anchor)
				list = append(list, users[s]...)
			}
		}
	}
	for _, anchors := range matters {
		slices.Sort(anchors)
	}
	return matters
}
