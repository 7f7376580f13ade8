package validate

// This file remembers the outcome of validating a value against the target of a reference.
// A recursive schema may reach the same value in several ways: by properties and
// patternProperties, by if and then, by two branches. If each of them validated the inside
// again, the time would double with each level of a document.

// patience is how many schemas are evaluated for each value of a document, and
// besides, until outcomes are remembered. Ordinary documents never get there, and
// don't pay.
const (
	patience = 1000
	perValue = 16
)

// worthwhile is how many schemas an evaluation takes at least to be remembered.
// Doing less again costs less than the room for its outcome.
const worthwhile = 8

// A memory holds the outcomes of one document.
type memory struct {
	outcomes map[decision]outcome
	scopes   map[step]int // the numbers of the sets of dynamic anchors in reach
}

// A decision is about one value by one schema. Which dynamic anchors are in reach
// makes it another.
type decision struct {
	target *node
	at     int
	scope  int
}

// A step adds an anchor to the scope of a number.
type step struct {
	scope int
	anchor
}

// An outcome is the result of a decision.
type outcome struct {
	valid     bool
	asked     bool       // marks were wanted
	marks     []bool     // if so, what they are; nil if there are none
	complaint *complaint // if a message was wanted, what is wrong
}

// recall is valid for the target of a reference. It judges a value by it once.
func (e *evaluation) recall(target *node, at, marks int) bool {
	if !e.remembers && e.steps <= patience+perValue*len(e.tokens) {
		return e.valid(target, at, marks)
	}
	d := decision{target, at, e.scopeNumber()}
	o, ok := e.memory.outcomes[d]
	e.steps++
	switch {
	case !ok:
	case o.valid && (marks == noMarks || o.asked):
		for i, set := range o.marks {
			if set {
				e.mark(marks, i)
			}
		}
		return true
	case !o.valid && !e.loud():
		return false
	case !o.valid && o.complaint != nil:
		e.restore(o.complaint.copy())
		return false
	}
	return e.decide(d, marks)
}

// decide judges a value and remembers the outcome.
func (e *evaluation) decide(d decision, marks int) bool {
	loud, before, own := e.loud(), e.steps, noMarks
	if marks != noMarks {
		own = e.openMarks(d.at)
	}
	o := outcome{valid: e.valid(d.target, d.at, own), asked: marks != noMarks}
	if o.valid && own != noMarks {
		set := e.marks[own : own+e.tokens[d.at].count]
		for i := range set {
			if set[i] {
				e.mark(marks, i)
			}
		}
		if e.steps-before >= worthwhile {
			o.marks = append(o.marks, set...)
		}
	}
	if own != noMarks {
		e.closeMarks(own)
	}
	if e.gaveUp || e.steps-before < worthwhile {
		return o.valid
	}
	if !o.valid && loud {
		o.complaint = new(e.complaint().copy())
	}
	if e.memory.outcomes == nil {
		e.memory.outcomes = map[decision]outcome{}
	}
	e.memory.outcomes[d] = o
	return o.valid
}

// scopeNumber returns a number that is another one for other anchors in reach.
func (e *evaluation) scopeNumber() int {
	scope := 0
	for _, a := range e.scope {
		s := step{scope, a}
		n, ok := e.memory.scopes[s]
		if !ok {
			if e.memory.scopes == nil {
				e.memory.scopes = map[step]int{}
			}
			n = len(e.memory.scopes) + 1
			e.memory.scopes[s] = n
		}
		scope = n
	}
	return scope
}
