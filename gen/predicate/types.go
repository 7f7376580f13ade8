package predicate

import (
	"slices"

	"github.com/tpp-rpc/tpp/gen/model"
)

// Types returns the JSON types of the values that s may accept. The bit of
// null is exact; of the others, one that is missing is sure to be refused.
func (g *Graph) Types(s *model.Schema) model.JSONType {
	if t, ok := g.types[s]; ok {
		return t
	}
	g.types[s] = model.JSONAll // as long as it isn't known
	t := g.possible(s)
	if t&model.JSONNull != 0 && !g.Dynamic(s) && !g.acceptsNull(s, 0) {
		t &^= model.JSONNull
	}
	g.types[s] = t
	return t
}

func (g *Graph) possible(s *model.Schema) model.JSONType {
	if s.Never {
		return 0
	}
	t := model.JSONAll
	if s.Types != 0 {
		t = s.Types
	}
	if s.Const != "" {
		t &= model.JSONTypeOf(s.Const)
	}
	if s.Enum != nil {
		var e model.JSONType
		for _, v := range s.Enum {
			e |= model.JSONTypeOf(v)
		}
		t &= e
	}
	if s.Ref != nil && !s.Dynamic {
		t &= g.Types(s.Ref)
	}
	for _, p := range s.AllOf {
		t &= g.Types(p)
	}
	if s.If != nil && s.Then != nil && s.Else != nil {
		t &= g.Types(s.Then) | g.Types(s.Else)
	}
	for _, branches := range [][]*model.Schema{s.AnyOf, s.OneOf} {
		if branches == nil {
			continue
		}
		var u model.JSONType
		for _, b := range branches {
			u |= g.Types(b)
		}
		t &= u
	}
	return t
}

// acceptsNull reports whether s accepts null, about which most keywords say nothing. A schema
// that applies itself again is reported elsewhere; depth keeps it from running
// away here.
func (g *Graph) acceptsNull(s *model.Schema, depth int) bool {
	if s == nil || depth > 500 {
		return true
	}
	accepts := func(s *model.Schema) bool { return g.acceptsNull(s, depth+1) }
	count := func(list []*model.Schema) (n int) {
		for _, b := range list {
			if accepts(b) {
				n++
			}
		}
		return n
	}
	switch {
	case s.Never,
		s.Types != 0 && s.Types&model.JSONNull == 0,
		s.Const != "" && s.Const != "null",
		s.Enum != nil && !slices.Contains(s.Enum, "null"),
		!accepts(s.Ref),
		count(s.AllOf) < len(s.AllOf),
		s.AnyOf != nil && count(s.AnyOf) == 0,
		s.OneOf != nil && count(s.OneOf) != 1,
		s.Not != nil && accepts(s.Not):
		return false
	}
	if s.If == nil {
		return true
	}
	if accepts(s.If) {
		return accepts(s.Then)
	}
	return accepts(s.Else)
}
