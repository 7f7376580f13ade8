package validate

import "github.com/tpp-rpc/tpp/runtime/codec"

// An evaluation is one document being judged by one schema.
type evaluation struct {
	document
	doc      *codec.Document // that it's a part of
	own      codec.Document  // if it isn't a part of another
	marks    []bool
	scope    []anchor // the dynamic anchors in reach, each once: the outermost
	visits   []visit
	quiet    int  // greater than 0 while the verdict may not be the document's
	gaveUp   bool // there is no verdict, so the document is refused
	problem  *codec.Error
	failedAt int  // the token with the problem
	seen     int  // twice the offset at which a decoder would notice it
	constant bool // it's that a value isn't the constant expected
	told     int  // how often branches were asked what they have against the document
	scratch  []byte

	steps     int // schemas evaluated so far
	remembers bool
	memory    memory
}

// A visit is a reference being followed.
type visit struct {
	target *node
	at     int
	scope  int // how many anchors were in reach
}

// run judges the value at a token. It returns what is wrong with it, or nil.
func (e *evaluation) run(root *node, at int) *codec.Error {
	if e.valid(root, at, noMarks) && !e.gaveUp {
		return nil
	}
	e.problem.Pointer = e.pointer(at, e.failedAt)
	return e.problem
}

// release gives e back for reuse, without the document and without tables so
// large that they'd be a waste.
func (e *evaluation) release() {
	if cap(e.tokens) > 1<<16 || cap(e.marks) > 1<<16 || cap(e.scratch) > 1<<20 {
		return
	}
	*e = evaluation{
		document: document{tokens: e.tokens[:0]},
		marks:    e.marks[:0], scope: e.scope[:0], visits: e.visits[:0], scratch: e.scratch[:0],
	}
	evaluations.Put(e)
}

// valid judges the value at a token by s, and sets the marks of what it
// evaluates. If it isn't valid, marks are in disorder.
func (e *evaluation) valid(s *node, at, marks int) bool {
	if e.gaveUp {
		return false
	}
	if e.steps++; e.steps%perAsk == 0 && e.doc.Spend(0) != nil {
		return e.giveUp(at, "a document that can be judged in time")
	}
	if s.never {
		return e.loud() && e.fail(at, noValue, e.describe(at))
	}
	reach := len(e.scope)
	for _, a := range s.scope {
		if e.lookup(a.name) == nil {
			e.scope = append(e.scope, a)
		}
	}
	ok := e.evaluated(s, at, marks)
	e.scope = e.scope[:reach]
	return ok
}

// perAsk is how many schemas are evaluated between two questions if the context of the
// document has ended.
const perAsk = 1 << 10

// lookup returns what a dynamic anchor leads to, or nil.
func (e *evaluation) lookup(name string) *node {
	for _, a := range e.scope {
		if a.name == name {
			return a.target
		}
	}
	return nil
}

// evaluated judges by all keywords of s, those that depend on what the others
// have evaluated last.
func (e *evaluation) evaluated(s *node, at, marks int) bool {
	k := e.tokens[at].kind
	if !(s.unevaluatedItems != nil && k == array) && !(s.unevaluatedProperties != nil && k == object) {
		return e.keywords(s, at, marks)
	}
	own := e.openMarks(at)
	ok := e.keywords(s, at, own) && e.rest(s, at, own)
	e.closeMarks(own)
	if ok {
		e.markAll(marks, at)
	}
	return ok
}

// rest judges what isn't marked by unevaluatedItems or unevaluatedProperties.
func (e *evaluation) rest(s *node, at, marks int) bool {
	step, schema := 0, s.unevaluatedItems
	if e.tokens[at].kind == object {
		step, schema = 1, s.unevaluatedProperties
	}
	i := at + 1
	for n := range e.tokens[at].count {
		if !e.marks[marks+n] {
			switch {
			case schema.never && step == 1:
				return e.unknownProperty(at, i)
			case schema.never:
				return e.loud() && e.fail(i, "no further item", e.describe(i))
			}
			if !e.valid(schema, i+step, noMarks) {
				return false
			}
		}
		i = e.tokens[i+step].next
	}
	return true
}

// keywords judges by all keywords but those that ask what others have evaluated.
func (e *evaluation) keywords(s *node, at, marks int) bool {
	checks := s.checksOf(e.tokens[at].kind)
	for i, c := range checks {
		if c.run(e, s, at, marks) {
			continue
		}
		for _, other := range checks[i+1:] {
			if other.inside && e.problem != nil {
				e.sooner(func() { other.run(e, s, at, noMarks) })
			}
		}
		return false
	}
	return true
}

// sooner judges some more after a problem was noted, and replaces that by one
// which a decoder notices sooner: it reads a document from the beginning to the
// end, whatever the order of the keywords.
func (e *evaluation) sooner(judge func()) {
	if e.gaveUp {
		return
	}
	have := e.complaint()
	e.problem, e.constant = nil, false
	judge()
	if e.problem == nil || e.seen >= have.seen && !e.gaveUp {
		e.restore(have)
	}
}

// follow judges by what $ref, or a dynamic reference, leads to.
func (e *evaluation) follow(s *node, at, marks int) bool {
	v := visit{s.ref, at, len(e.scope)}
	if s.isDynamic {
		if target := e.lookup(s.dynamic); target != nil {
			v.target = target
		}
	}
	// A loop must get on in the document or bring new anchors into reach.
	for i := len(e.visits) - 1; i >= 0 && e.visits[i].at == at; i-- {
		if e.visits[i] == v {
			return e.giveUp(at, "a schema without an endless loop of references")
		}
	}
	e.visits = append(e.visits, v)
	ok := e.recall(v.target, at, marks)
	e.visits = e.visits[:len(e.visits)-1]
	return ok
}

// conditional judges by if, then and else.
func (e *evaluation) conditional(s *node, at, marks int) bool {
	if s.test == nil || s.then == nil && s.orElse == nil && marks == noMarks {
		return true
	}
	branch := s.orElse
	if e.try(s.test, at, marks) {
		branch = s.then
	}
	return branch == nil || e.valid(branch, at, marks)
}
