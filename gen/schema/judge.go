package schema

import (
	"slices"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// jsonTypes returns the JSON types of the values that s may accept. The bit of
// null is exact; of the others, one that is missing is sure to be refused.
func (l *lowerer) jsonTypes(s *model.Schema) model.JSONType {
	if t, ok := l.kinds[s]; ok {
		return t
	}
	l.kinds[s] = model.JSONAll // as long as it isn't known
	t := l.possible(s)
	if t&model.JSONNull != 0 && !l.dynamic[s] && !l.acceptsNull(s, 0) {
		t &^= model.JSONNull
	}
	l.kinds[s] = t
	return t
}

func (l *lowerer) possible(s *model.Schema) model.JSONType {
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
		t &= l.jsonTypes(s.Ref)
	}
	for _, p := range s.AllOf {
		t &= l.jsonTypes(p)
	}
	for _, branches := range [][]*model.Schema{s.AnyOf, s.OneOf} {
		if branches == nil {
			continue
		}
		var u model.JSONType
		for _, b := range branches {
			u |= l.jsonTypes(b)
		}
		t &= u
	}
	return t
}

// acceptsNull judges null, about which most keywords say nothing. A schema
// that applies itself again is reported elsewhere; depth keeps it from running
// away here.
func (l *lowerer) acceptsNull(s *model.Schema, depth int) bool {
	if s == nil || depth > 500 {
		return true
	}
	accepts := func(s *model.Schema) bool { return l.acceptsNull(s, depth+1) }
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

// dynamicSchemas returns the schemas from which a dynamic reference can be
// reached.
func dynamicSchemas(all []*model.Schema) map[*model.Schema]bool {
	parents := map[*model.Schema][]*model.Schema{}
	var reached []*model.Schema
	for _, s := range all {
		if s.Dynamic {
			reached = append(reached, s)
		}
		for _, p := range s.AllOf {
			if p.Dynamic { // a $dynamicRef beside a $ref stands in an allOf of our making
				reached = append(reached, s)
			}
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
