package validate

import "strconv"

func (e *evaluation) itemCount(s *node, at, _ int) bool {
	t := &e.tokens[at]
	switch {
	case s.minItems > t.count:
		return e.loud() && e.fail(at, "at least "+plural(s.minItems, "item", "items"), strconv.Itoa(t.count))
	case s.maxItems >= 0 && s.maxItems < t.count:
		return e.loud() && e.fail(at, "at most "+plural(s.maxItems, "item", "items"), strconv.Itoa(t.count))
	}
	return true
}

// items judges by prefixItems and items.
func (e *evaluation) items(s *node, at, marks int) bool {
	n := 0
	for i := at + 1; i < e.tokens[at].next; i = e.tokens[i].next {
		sub := s.items
		if n < len(s.prefix) {
			sub = s.prefix[n]
		}
		if sub == nil {
			break
		}
		if sub.never {
			return e.loud() && e.fail(i, "no further item", e.describe(i))
		}
		if !e.valid(sub, i, noMarks) {
			return false
		}
		e.mark(marks, n)
		n++
	}
	return true
}

// contains judges by contains, minContains and maxContains.
func (e *evaluation) contains(s *node, at, marks int) bool {
	if s.contains == nil {
		return true
	}
	least := s.minContains
	if least < 0 {
		least = 1
	}
	found, n := 0, 0
	for i := at + 1; i < e.tokens[at].next; i = e.tokens[i].next {
		if e.try(s.contains, i, noMarks) {
			found++
			if !s.uncounted {
				e.mark(marks, n)
			}
		}
		n++
	}
	switch {
	case found < least:
		return e.loud() && e.fail(at, "at least "+s.contained(least), strconv.Itoa(found))
	case s.maxContains >= 0 && found > s.maxContains:
		return e.loud() && e.fail(at, "at most "+s.contained(s.maxContains), strconv.Itoa(found))
	}
	return true
}

// contained says what contains asks for.
func (s *node) contained(n int) string {
	switch phrase := s.contains.phrase(); {
	case phrase == "":
		return plural(n, "item that fits contains", "items that fit contains")
	case n == 1:
		return "1 item that is " + phrase
	default:
		return strconv.Itoa(n) + " items that are each " + phrase
	}
}

// unique reports if no two items are equal.
func (e *evaluation) unique(s *node, at, _ int) bool {
	t := e.tokens[at]
	if t.count < 2 || !s.unique {
		return true
	}
	seen := make(map[string]int, t.count)
	n := 0
	for i := at + 1; i < t.next; i = e.tokens[i].next {
		e.scratch = e.appendCanonical(e.scratch[:0], i)
		if first, ok := seen[string(e.scratch)]; ok {
			return e.loud() && e.fail(at, "unique items", "items "+strconv.Itoa(first)+" and "+strconv.Itoa(n)+" equal")
		}
		seen[string(e.scratch)] = n
		n++
	}
	return true
}
