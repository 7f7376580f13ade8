package codec

import (
	"cmp"
	"io"
	"regexp"
	"regexp/syntax"
	"sync"
	"unicode/utf8"
)

// A Pattern is a regular expression of RE2 that is compiled when it's used
// first. It serves any number of goroutines.
type Pattern struct {
	source string
	name   string // what String returns; "" for source
	once   sync.Once
	steps  *steps         // either this
	re     *regexp.Regexp // or this is set
	size   func() int     // of the program of re, in instructions
}

// MustPattern returns the pattern of a regular expression. If that's invalid,
// the first match panics: generated code was made from valid ones.
func MustPattern(source string) *Pattern { return &Pattern{source: source} }

// Named sets what String returns, for a p that was translated from another dialect: the
// pattern as the contract has it, which messages then quote. It returns p.
func (p *Pattern) Named(name string) *Pattern {
	p.name = name
	return p
}

// NewPattern returns the pattern of a regular expression, or an error if that's
// invalid.
func NewPattern(source string) (*Pattern, error) {
	if _, err := syntax.Parse(source, syntax.Perl); err != nil {
		return nil, err
	}
	return MustPattern(source), nil
}

// MatchString tells whether s contains a match.
func (p *Pattern) MatchString(s string) bool {
	p.once.Do(p.compile)
	if p.steps != nil {
		return p.steps.match(s)
	}
	return p.re.MatchString(s)
}

// Match tells whether s, a part of doc, contains a match. Its time is linear in s; an
// error of doc's Spend ends it.
func (p *Pattern) Match(doc *Document, s string) (bool, error) {
	if err := doc.matching(len(s)); err != nil {
		return false, err
	}
	p.once.Do(p.compile)
	if p.steps == nil && len(s) > long && p.size()*len(s) > costly {
		ok := p.re.MatchReader(&reader{doc: doc, text: s})
		return ok && doc.err == nil, doc.err
	}
	return p.MatchString(s), nil
}

// A match of a long string by a large program can be ended by the context. Other matches
// use regexp directly, which is faster.
const (
	long   = 4 << 10
	costly = 1 << 22
)

// String returns the regular expression, or what Named said.
func (p *Pattern) String() string { return cmp.Or(p.name, p.source) }

func (p *Pattern) compile() {
	if p.steps = newSteps(p.source); p.steps == nil {
		p.re = regexp.MustCompile(p.source)
		p.size = sync.OnceValue(p.instructions)
	}
}

// instructions returns how many instructions the regular expression compiles to, all of
// which a match may have to perform for each character.
func (p *Pattern) instructions() int {
	re, err := syntax.Parse(p.source, syntax.Perl)
	if err != nil {
		return 0
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 0
	}
	return len(prog.Inst)
}

// A reader reads a string until the context of a document ends.
type reader struct {
	doc  *Document
	text string
	read int
}

// ReadRune returns the next character.
func (r *reader) ReadRune() (c rune, size int, err error) {
	if r.text == "" {
		return 0, 0, io.EOF
	}
	if r.read++; r.read%256 == 0 && r.doc.Spend(0) != nil {
		return 0, 0, io.EOF
	}
	c, size = utf8.DecodeRuneInString(r.text)
	r.text = r.text[size:]
	return c, size, nil
}
