// Package ecma matches the regular expressions of ECMA-262 that Go's regexp
// can't express: those that look ahead or behind or refer back to a group. All
// others are translated when code is generated, and don't need it.
package ecma

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dlclark/regexp2"

	"github.com/tpp-rpc/tpp/runtime/internal/ecma"
)

// Timeout is how long a match may take, within about 100 ms. Matching such
// patterns takes exponential time on some strings, and a peer may send them.
const Timeout = 500 * time.Millisecond

// ErrTimeout is that a match took longer than Timeout.
var ErrTimeout = errors.New("ecma: the pattern takes too long on this string")

// A Pattern is a regular expression with the flag u. Any number of goroutines
// may use it at once.
type Pattern struct {
	source string
	re     func() *regexp2.Regexp
}

// MustPattern returns the pattern of source. It's compiled when it's first used,
// which panics if source isn't valid.
func MustPattern(source string) *Pattern {
	return &Pattern{source, sync.OnceValue(func() *regexp2.Regexp {
		re, err := compile(source)
		if err != nil {
			panic(err)
		}
		return re
	})}
}

// Engine compiles a pattern for the package validate, which refuses a document
// if a match in it takes too long.
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

// MatchString reports if s contains a match. If that can't be told within
// Timeout there's none, and the string is refused.
func (p *Pattern) MatchString(s string) bool {
	ok, err := p.Match(s)
	return ok && err == nil
}

// Match reports if s contains a match. The error is nil or ErrTimeout.
func (p *Pattern) Match(s string) (bool, error) {
	ok, err := p.re().MatchString(s)
	if err != nil {
		return false, ErrTimeout
	}
	return ok, nil
}

// String returns the source of the pattern.
func (p *Pattern) String() string { return p.source }
