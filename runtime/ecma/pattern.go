// Package ecma matches the regular expressions of ECMA-262 that Go's regexp can't
// express: those that look ahead or behind or refer back to a group. The generator
// translates all others, so most generated code doesn't import this package.
package ecma

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dlclark/regexp2"

	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// Timeout bounds the time of a match, give or take 100 ms. Such patterns take
// exponential time on some strings, and a peer may send them.
const Timeout = 500 * time.Millisecond

// ErrTimeout is the error of a match that took longer than Timeout.
var ErrTimeout = errors.New("ecma: the pattern takes too long on this string")

// A Pattern is a regular expression with the flag u. It is safe for concurrent use.
type Pattern struct {
	source string
	re     func() *regexp2.Regexp
}

// MustPattern returns the pattern of source. The first match compiles it, and
// panics if source isn't valid.
func MustPattern(source string) *Pattern {
	return &Pattern{source, sync.OnceValue(func() *regexp2.Regexp {
		re, err := compile(source)
		if err != nil {
			panic(err)
		}
		return re
	})}
}

// Engine compiles a pattern for the package validate, which refuses a document if
// a match in it exceeds Timeout.
func Engine(source string) (interface{ MatchString(string) bool }, error) {
	re, err := compile(source)
	if err != nil {
		return nil, err
	}
	return &Pattern{source, func() *regexp2.Regexp { return re }}, nil
}

func compile(source string) (*regexp2.Regexp, error) {
	n, err := ecma.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("ecma: pattern %q has %w", source, err)
	}
	re, err := regexp2.Compile(translate(n), regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("ecma: pattern %q: %w", source, err)
	}
	re.MatchTimeout = Timeout
	return re, nil
}

// MatchString reports whether s contains a match. It returns false if the match
// exceeds Timeout.
func (p *Pattern) MatchString(s string) bool {
	ok, err := p.Match(s)
	return ok && err == nil
}

// Match reports whether s contains a match. The error is nil or ErrTimeout.
func (p *Pattern) Match(s string) (bool, error) {
	ok, err := p.re().MatchString(s)
	if err != nil {
		return false, ErrTimeout
	}
	return ok, nil
}

// String returns the source of the pattern.
func (p *Pattern) String() string { return p.source }
