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
	re     *regexp.Regexp
}

// MustPattern returns the pattern of a regular expression. If that's invalid,
// the first match panics: generated code was made from valid ones.
func MustPattern(source string) *Pattern { return &Pattern{source: source} }

// MatchString tells whether s contains a match.
func (p *Pattern) MatchString(s string) bool {
	p.once.Do(func() { p.re = regexp.MustCompile(p.source) })
	return p.re.MatchString(s)
}

// String returns the regular expression.
func (p *Pattern) String() string { return p.source }
