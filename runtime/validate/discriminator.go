package validate

import "slices"

// This file finds out which branches of a union a value is meant for, by a
// property whose constants tell them apart.

// byConstant returns the branches that the constants in an object leave, or all
// if it's no object or they aren't told apart so. It returns nil after noting
// what is wrong if no branch is left.
func (e *evaluation) byConstant(branches []*node, at int) []*node {
	if e.tokens[at].kind != object || len(branches) < 2 {
		return branches
	}
	name := discriminator(branches)
	if name == "" {
		return branches
	}
	value := e.member(at, name)
	var left, open []*node // open: those that don't ask for a constant
	var texts []string
	for _, b := range branches {
		c := b.constants(name, 0)
		switch {
		case c == nil:
			if value < 0 || b.resolved().allows(name) {
				open = append(open, b)
			}
			continue
		case value >= 0 && e.inEnum(c, value):
			left = append(left, b)
		}
		for _, text := range c.enumTexts {
			if !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	switch {
	case left != nil || open != nil:
		return append(left, open...)
	case value < 0:
		e.missing(at, name)
		e.seen = 2 * e.tokens[at].start
	default:
		e.constant = true
		e.fail(value, enumPhrase(texts), e.describe(value))
	}
	return nil
}

// discriminator returns the property that has to be one of a few strings in most
// of the branches, or "" if none has two different strings in all.
func discriminator(branches []*node) string {
	best, most := "", 1
	count := map[string]int{}
	for _, b := range branches {
		for _, name := range b.fixed(nil, 0) {
			if count[name]++; count[name] > most && !alike(branches, name) {
				best, most = name, count[name]
			}
		}
	}
	return best
}

// alike reports if the branches allow no more than one value of a property.
func alike(branches []*node, name string) bool {
	var first string
	for _, b := range branches {
		c := b.constants(name, 0)
		if c == nil {
			continue
		}
		for value := range c.enum {
			if first == "" {
				first = value
			}
			if value != first {
				return false
			}
		}
	}
	return true
}

// fixed adds the properties of s that have to be one of a few strings to list,
// each once.
func (s *node) fixed(list []string, depth int) []string {
	for _, name := range s.required {
		if !slices.Contains(list, name) && s.members[name].schema.strings() != nil {
			list = append(list, name)
		}
	}
	if depth < maxAliases {
		if s.ref != nil && !s.isDynamic {
			list = s.ref.fixed(list, depth+1)
		}
		for _, sub := range s.allOf {
			list = sub.fixed(list, depth+1)
		}
	}
	return list
}

// constants returns the schema by which a property of s has to be one of a few
// strings, or nil.
func (s *node) constants(name string, depth int) *node {
	if m := s.members[name]; m.required {
		if c := m.schema.strings(); c != nil {
			return c
		}
	}
	if depth == maxAliases {
		return nil
	}
	if s.ref != nil && !s.isDynamic {
		if c := s.ref.constants(name, depth+1); c != nil {
			return c
		}
	}
	for _, sub := range s.allOf {
		if c := sub.constants(name, depth+1); c != nil {
			return c
		}
	}
	return nil
}

// allows reports if s itself lets an object have a property.
func (s *node) allows(name string) bool {
	return s.additional == nil || !s.additional.never || s.patterns != nil || s.members[name].schema != nil
}

// strings returns the schema with the enum of s if that holds strings only, or
// nil.
func (s *node) strings() *node {
	if s == nil {
		return nil
	}
	if s = s.resolved(); s.enum == nil || s.enumKinds != text {
		return nil
	}
	return s
}
