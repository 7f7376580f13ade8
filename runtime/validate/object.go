package validate

import "strconv"

// member returns the token of the value that a member of an object has, or -1.
func (d *document) member(at int, name string) int {
	if d.tokens[at].kind != object {
		return -1
	}
	for i := at + 1; i < d.tokens[at].next; i = d.tokens[i+1].next {
		if d.str(i) == name {
			return i + 1
		}
	}
	return -1
}

func (e *evaluation) memberCount(s *node, at, _ int) bool {
	t := &e.tokens[at]
	switch {
	case s.minProperties > t.count:
		return e.loud() && e.fail(at, "at least "+plural(s.minProperties, "property", "properties"), strconv.Itoa(t.count))
	case s.maxProperties >= 0 && s.maxProperties < t.count:
		return e.loud() && e.fail(at, "at most "+plural(s.maxProperties, "property", "properties"), strconv.Itoa(t.count))
	}
	return true
}

// members judges by properties, required, patternProperties and
// additionalProperties.
func (e *evaluation) members(s *node, at, marks int) bool {
	required, n := 0, 0
	for i := at + 1; i < e.tokens[at].next; i = e.tokens[i+1].next {
		name := e.str(i)
		m := s.members[name]
		if m.required {
			required++
		}
		known := m.schema != nil
		if known && m.schema.never {
			return e.forbidden(at, name)
		}
		if known && !e.valid(m.schema, i+1, noMarks) {
			return false
		}
		for _, p := range s.patterns {
			if !e.matches(p.pattern, name, at) {
				continue
			}
			known = true
			if p.schema.never {
				return e.forbidden(at, name)
			}
			if !e.valid(p.schema, i+1, noMarks) {
				return false
			}
		}
		if !known && s.additional != nil {
			if s.additional.never {
				return e.unknownProperty(at, i)
			}
			if !e.valid(s.additional, i+1, noMarks) {
				return false
			}
			known = true
		}
		if known {
			e.mark(marks, n)
		}
		n++
	}
	return required == len(s.required) || e.hasAll(at, s.required)
}

func (e *evaluation) dependentRequired(s *node, at, _ int) bool {
	for _, d := range s.dependentRequired {
		if e.member(at, d.name) >= 0 && !e.hasAll(at, d.required) {
			if e.problem != nil {
				e.problem.Problem += ", which " + properties([]string{d.name}) + " asks for"
			}
			return false
		}
	}
	return true
}

func (e *evaluation) dependentSchemas(s *node, at, marks int) bool {
	for _, d := range s.dependentSchemas {
		if e.member(at, d.name) < 0 {
			continue
		}
		if d.schema.never {
			return e.forbidden(at, d.name)
		}
		if !e.valid(d.schema, at, marks) {
			return false
		}
	}
	return true
}

func (e *evaluation) propertyNames(s *node, at, _ int) bool {
	for i := at + 1; i < e.tokens[at].next; i = e.tokens[i+1].next {
		if !e.valid(s.names, i, noMarks) {
			if e.quiet == 0 && !e.gaveUp {
				e.failWith(at, "property name "+strconv.Quote(shorten(e.str(i)))+": "+e.problem.Sentence())
			}
			return false
		}
	}
	return true
}

// hasAll reports if an object has all of names.
func (e *evaluation) hasAll(at int, names []string) bool {
	for _, name := range names {
		if e.member(at, name) < 0 {
			return e.loud() && e.missing(at, name)
		}
	}
	return true
}

// missing fails because an object has no member of that name.
func (e *evaluation) missing(at int, name string) bool {
	e.failWith(at, missingProperty+strconv.Quote(name))
	e.seen-- // before the properties are counted
	return false
}

// unknownProperty fails because of the member whose name is at a token.
func (e *evaluation) unknownProperty(at, name int) bool {
	if e.loud() {
		e.failWith(at, "unknown property "+strconv.Quote(shorten(e.str(name))))
		e.seen = 2 * e.tokens[name].start
	}
	return false
}

// forbidden fails because of a member that must not be there.
func (e *evaluation) forbidden(at int, name string) bool {
	if e.loud() {
		e.failWith(at, properties([]string{name})+" isn't allowed")
		e.seen = 2 * e.tokens[e.member(at, name)].start
	}
	return false
}
