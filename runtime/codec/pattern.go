package codec

import (
	"regexp"
	"sync"
)

// A Pattern is a regular expression of RE2 that is compiled when it's used
// first. It serves any number of goroutines.
type Pattern struct {
	source string
	once   sync.Once
	steps  *steps         // either this
	re     *regexp.Regexp // or this is set
}

// MustPattern returns the pattern of a regular expression. If that's invalid,
// the first match panics: generated code was made from valid ones.
func MustPattern(source string) *Pattern { return &Pattern{source: source} }

// MatchString tells whether s contains a match.
func (p *Pattern) MatchString(s string) bool {
	p.once.Do(p.compile)
	if p.steps != nil {
		return p.steps.match(s)
	}
	return p.re.MatchString(s)
}

// String returns the regular expression.
func (p *Pattern) String() string { return p.source }

func (p *Pattern) compile() {
	if p.steps = newSteps(p.source); p.steps == nil {
		p.re = regexp.MustCompile(p.source)
	}
}
