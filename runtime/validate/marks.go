package validate

// Marks are what unevaluatedItems and unevaluatedProperties go by: one for each item or
// member of the value at hand, set when a keyword has evaluated it. They're a stack, since
// a branch that fails takes its marks with it. An int names a set of marks by where it
// begins; noMarks means that no keyword needs them.
const noMarks = -1

// openMarks begins a set of marks for the value at a token.
func (e *evaluation) openMarks(at int) int {
	begin := len(e.marks)
	for range e.tokens[at].count {
		e.marks = append(e.marks, false)
	}
	return begin
}

// closeMarks drops a set, which must be the one that was opened last.
func (e *evaluation) closeMarks(set int) { e.marks = e.marks[:set] }

// mark notes that item or member i is evaluated.
func (e *evaluation) mark(set, i int) {
	if set != noMarks {
		e.marks[set+i] = true
	}
}

// markAll notes that every item or member of the value at a token is evaluated.
func (e *evaluation) markAll(set, at int) {
	for i := range e.tokens[at].count {
		e.mark(set, i)
	}
}

// try judges without a message, and adds to marks only if s is satisfied.
func (e *evaluation) try(s *node, at, marks int) bool {
	e.quiet++
	defer func() { e.quiet-- }()
	if marks == noMarks {
		return e.valid(s, at, noMarks)
	}
	branch := e.openMarks(at)
	defer e.closeMarks(branch)
	if !e.valid(s, at, branch) {
		return false
	}
	for i := range e.tokens[at].count {
		if e.marks[branch+i] {
			e.mark(marks, i)
		}
	}
	return true
}
