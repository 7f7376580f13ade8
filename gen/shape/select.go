package shape

import (
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/predicate"
)

// This file finds out how the branches of a union can be told apart without
// trying them.

// fixedProperty is a required property whose value is one of a few strings.
type fixedProperty struct {
	name   string
	values []string
}

// fixed returns the properties whose constants tell s from other branches. A part of s may
// require a property, and another say what it is.
func (sh *shaper) fixed(s *model.Schema) []fixedProperty {
	if s.Dynamic {
		return nil
	}
	parts := append(sh.graph.Parts(s), s)
	var required []string
	for _, p := range parts {
		required = append(required, p.Required...)
	}
	var list []fixedProperty
	for _, part := range parts {
		for _, p := range part.Properties {
			values := sh.stringConstants(p.Schema, 0)
			if values == nil || !slices.Contains(required, p.Name) {
				continue
			}
			at := slices.IndexFunc(list, func(f fixedProperty) bool { return f.name == p.Name })
			if at < 0 {
				list = append(list, fixedProperty{p.Name, values})
			} else if len(values) < len(list[at].values) {
				list[at].values = values // a part narrows what another says
			}
		}
	}
	return list
}

// stringConstants returns the only strings that s accepts, or nil.
func (sh *shaper) stringConstants(s *model.Schema, depth int) []string {
	values := s.Enum
	if s.Const != "" {
		values = []string{s.Const}
	}
	if values == nil && s.Ref != nil && !s.Dynamic && depth < 20 {
		return sh.stringConstants(s.Ref, depth+1)
	}
	var list []string
	for _, v := range values {
		if !strings.HasPrefix(v, `"`) {
			return nil
		}
		list = append(list, model.Plain(v))
	}
	return list
}

// selector finds out how branches can be told apart without trying them: by
// JSON type, else by the constants of a property. It returns nil if there is
// no way.
func (sh *shaper) selector(branches []*model.Schema, possible model.JSONType) *model.Select {
	types := make([]model.JSONType, len(branches))
	var all model.JSONType
	overlap := false
	for i, b := range branches {
		types[i] = sh.graph.Types(b) & possible
		overlap = overlap || all&types[i] != 0
		all |= types[i]
	}
	if overlap {
		if by := sh.byConstant(branches); by != nil {
			return by
		}
	}
	if overlap && !slices.ContainsFunc(types, func(t model.JSONType) bool { return t != all }) {
		return nil
	}
	sel := &model.Select{}
	for one := range model.JSONAll.Each() {
		c := model.Case{JSON: one}
		for i := range branches {
			if types[i]&one != 0 {
				c.Branches = append(c.Branches, i)
			}
		}
		if c.Branches == nil {
			continue
		}
		same := slices.IndexFunc(sel.Cases, func(have model.Case) bool { return slices.Equal(have.Branches, c.Branches) })
		if same >= 0 {
			sel.Cases[same].JSON |= one
			continue
		}
		sel.Cases = append(sel.Cases, c)
	}
	return sel
}

// byConstant finds the property whose constants tell most objects apart: the one in most
// branches and, among those, the one with most constants.
func (sh *shaper) byConstant(branches []*model.Schema) *model.Select {
	best, bestCount := "", 1
	fixed := make([][]fixedProperty, len(branches))
	count := map[string]int{}
	values := map[string]map[string]bool{}
	for i, b := range branches {
		fixed[i] = sh.fixed(b)
		for _, c := range fixed[i] {
			count[c.name]++
			if values[c.name] == nil {
				values[c.name] = map[string]bool{}
			}
			for _, v := range c.values {
				values[c.name][v] = true
			}
		}
	}
	for _, list := range fixed {
		for _, c := range list {
			if len(values[c.name]) > 1 && (count[c.name] > bestCount || count[c.name] == bestCount && best != "" && len(values[c.name]) > len(values[best])) {
				best, bestCount = c.name, count[c.name]
			}
		}
	}
	if best == "" {
		return nil
	}
	sel := &model.Select{By: best}
	for i := range branches {
		at := slices.IndexFunc(fixed[i], func(c fixedProperty) bool { return c.name == best })
		if at < 0 {
			continue
		}
		for _, v := range fixed[i][at].values {
			c := slices.IndexFunc(sel.Cases, func(have model.Case) bool { return have.Const == v })
			if c < 0 {
				c = len(sel.Cases)
				sel.Cases = append(sel.Cases, model.Case{Const: v})
			}
			sel.Cases[c].Branches = append(sel.Cases[c].Branches, i)
		}
	}
	if len(sel.Cases) < 2 {
		return nil
	}
	sh.leaveOpen(sel, branches, fixed)
	return sel
}

// leaveOpen adds the branches that the property doesn't decide about to each
// case, at their place, and to what remains otherwise. A branch that can't have
// the property at all has no place among the cases.
func (sh *shaper) leaveOpen(sel *model.Select, branches []*model.Schema, fixed [][]fixedProperty) {
	for i := range fixed {
		if slices.ContainsFunc(fixed[i], func(c fixedProperty) bool { return c.name == sel.By }) {
			continue
		}
		sel.Otherwise = append(sel.Otherwise, i)
		if sh.forbids(branches[i], sel.By, 0) {
			continue
		}
		for c := range sel.Cases {
			sel.Cases[c].Branches = append(sel.Cases[c].Branches, i)
			slices.Sort(sel.Cases[c].Branches)
		}
	}
}

// forbids reports whether an object that s accepts can't have a property, or s
// accepts no objects.
func (sh *shaper) forbids(s *model.Schema, name string, depth int) bool {
	if sh.graph.Types(s)&model.JSONObject == 0 {
		return true
	}
	closed := s.Additional != nil && s.Additional.Never && s.PatternProperties == nil
	if closed && !slices.ContainsFunc(s.Properties, func(p model.Property) bool { return p.Name == name }) {
		return true
	}
	return depth < 20 && slices.ContainsFunc(predicate.Composed(s), func(p *model.Schema) bool { return sh.forbids(p, name, depth+1) })
}
