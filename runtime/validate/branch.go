package validate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

func (e *evaluation) all(s *node, at, marks int) bool {
	for i, sub := range s.allOf {
		if e.valid(sub, at, marks) {
			continue
		}
		for _, other := range s.allOf[i+1:] {
			if e.problem != nil {
				e.sooner(func() { e.valid(other, at, noMarks) })
			}
		}
		return false
	}
	return true
}

func (e *evaluation) anyOf(s *node, at, marks int) bool {
	found := false
	for _, sub := range s.anyOf {
		if e.try(sub, at, marks) {
			if marks == noMarks {
				return true
			}
			found = true
		}
	}
	return found || e.noBranch(s.anyOf, at)
}

func (e *evaluation) oneOf(s *node, at, marks int) bool {
	found := -1
	for i, sub := range s.oneOf {
		if !e.try(sub, at, marks) {
			continue
		}
		if found >= 0 {
			return e.loud() && e.twoBranches(s.oneOf, found, i, at)
		}
		found = i
	}
	return found >= 0 || e.noBranch(s.oneOf, at)
}

// twoBranches fails because two branches of oneOf fit.
func (e *evaluation) twoBranches(branches []*node, one, other, at int) bool {
	a, b := branches[one].resolved(), branches[other].resolved()
	if len(a.required) == 1 && len(b.required) == 1 && a.required[0] != b.required[0] {
		return e.failWith(at, properties([]string{a.required[0], b.required[0]})+" aren't allowed together")
	}
	if p, q := a.phrase(), b.phrase(); p != "" && q != "" && p != q {
		return e.fail(at, "either "+p+" or "+q+", not both", e.describe(at))
	}
	return e.fail(at, "exactly one of "+strconv.Itoa(len(branches))+" alternatives to fit",
		"that numbers "+strconv.Itoa(one+1)+" and "+strconv.Itoa(other+1)+" do")
}

// noBranch fails because no branch fits. What is told comes from those that
// allow the type of the value and the constants in it, if there are any.
func (e *evaluation) noBranch(branches []*node, at int) bool {
	if e.quiet > 0 || e.gaveUp {
		return false
	}
	kinds := e.tokens[at].kind
	if kinds == number {
		kinds |= integer | strictInteger
	}
	candidates := slices.DeleteFunc(slices.Clone(branches), func(b *node) bool {
		b = b.resolved()
		return b.never || b.kinds != 0 && b.kinds&kinds == 0
	})
	if len(candidates) == 0 {
		candidates = branches
	}
	if candidates = e.byConstant(candidates, at); candidates == nil {
		return false
	}
	if len(candidates) == 1 && !e.valid(candidates[0], at, noMarks) {
		return false
	}
	// Inside of each candidate there may be further branches.
	if e.told++; e.told <= maxTold {
		e.tell(candidates, at, len(branches))
	}
	if e.problem == nil {
		e.fail(at, "a value that fits one of "+strconv.Itoa(len(branches))+" alternatives", e.describe(at))
	}
	return false
}

// maxTold bounds for how many sets of branches it's found out what each of them
// has against a document.
const maxTold = 20

// A complaint is what one schema has against a value.
type complaint struct {
	*codec.Error
	at       int  // the token it's about
	seen     int  // twice the offset at which a decoder would notice it
	constant bool // it's that a value isn't the constant expected
}

// complaint returns the problem that is noted, and restore notes it again.
func (e *evaluation) complaint() complaint {
	return complaint{e.problem, e.failedAt, e.seen, e.constant}
}

// copy returns c with an error of its own, since messages grow on their way up.
func (c complaint) copy() complaint {
	problem := *c.Error
	c.Error = &problem
	return c
}

func (e *evaluation) restore(c complaint) {
	e.problem, e.failedAt, e.seen, e.constant = c.Error, c.at, c.seen, c.constant
}

// tell notes what candidates have against the value at a token: together if
// they complain of the same place, else that of the one which comes nearest.
func (e *evaluation) tell(candidates []*node, at, of int) {
	var complaints []complaint
	for _, b := range candidates {
		e.problem, e.constant = nil, false
		e.valid(b, at, noMarks)
		if e.gaveUp || e.problem == nil {
			return
		}
		c := e.complaint()
		c.constant = c.constant && e.holds(at, c.at)
		complaints = append(complaints, c)
	}
	if e.problem = e.together(complaints); e.problem != nil {
		return
	}
	nearest := slices.MaxFunc(complaints, func(a, b complaint) int {
		switch {
		case a.constant != b.constant && a.constant: // constants at the top tell branches apart
			return -1
		case a.constant != b.constant:
			return 1
		}
		return a.Offset - b.Offset
	})
	note := " (the nearest of " + strconv.Itoa(of) + " alternatives)"
	if nearest.Problem != "" {
		nearest.Problem += note
	} else {
		nearest.Expected += note
	}
	e.restore(nearest)
}

// holds reports if the value at inner is that at a token, or one of its items or
// members.
func (d *document) holds(at, inner int) bool {
	step := 0
	if d.tokens[at].kind == object {
		step = 1
	}
	for i := at + 1; i < d.tokens[at].next; i = d.tokens[i+step].next {
		if i+step == inner {
			return true
		}
	}
	return at == inner
}

// missingProperty is how the problem begins that a property isn't there.
const missingProperty = "missing property "

// together makes one problem of several with the same place and the same kind.
// It returns nil if they aren't, or are too many.
func (e *evaluation) together(complaints []complaint) *codec.Error {
	all := *complaints[0].Error
	_, areMissing := strings.CutPrefix(all.Problem, missingProperty)
	var words []string
	for _, c := range complaints {
		word, missing := strings.CutPrefix(c.Problem, missingProperty)
		if c.at != complaints[0].at || missing != areMissing || c.Problem != "" && !missing {
			return nil
		}
		if c.Found != all.Found {
			all.Found = e.describe(c.at)
		}
		if !missing {
			word = c.Expected
		}
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) > 6 {
		return nil
	}
	if areMissing {
		all.Problem = missingProperty + alternatives(words)
	} else {
		all.Expected = alternatives(words)
	}
	return &all
}

func (e *evaluation) excludes(s *node, at, _ int) bool {
	return !e.try(s.not, at, noMarks) || e.excluded(s.not, at)
}

// excluded fails because what not refuses fits the value at a token.
func (e *evaluation) excluded(s *node, at int) bool {
	if !e.loud() {
		return false
	}
	for s = s.resolved(); s.anyOf != nil; s = s.resolved() {
		i := slices.IndexFunc(s.anyOf, func(b *node) bool { return e.try(b, at, noMarks) })
		if i < 0 {
			break
		}
		s = s.anyOf[i]
	}
	switch phrase := s.phrase(); {
	case phrase == "":
		return e.fail(at, "a value that not doesn't exclude", e.describe(at))
	case len(s.required) == 1:
		return e.failWith(at, properties(s.required)+" isn't allowed")
	case s.required != nil:
		return e.failWith(at, properties(s.required)+" aren't allowed together")
	default:
		return e.fail(at, "anything but "+phrase, e.describe(at))
	}
}
