// Package ecma matches the regular expressions of ECMA-262 that Go's regexp can't
// express: those that look ahead or behind or refer back to a group. The generator
// translates all others, so most generated code doesn't import this package.
//
// A pattern without references back takes time that is linear in a string, whatever
// it looks at. One with them may take exponential time, so a document pays for it:
// see [codec.Document].
package ecma

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// ErrTooLong is the error of a match in a string that is too long for the pattern: what
// has to be noted of it would take more than 32 MiB.
var ErrTooLong = errors.New("ecma: the string is too long for the pattern")

// A Pattern is a regular expression with the flag u. It is safe for concurrent use.
type Pattern struct {
	source  string
	program func() *program
}

// MustPattern returns the pattern of source. The first match compiles it, and
// panics if source isn't valid.
func MustPattern(source string) *Pattern {
	return &Pattern{source, sync.OnceValue(func() *program {
		p, err := compile(source)
		if err != nil {
			panic(err)
		}
		return p
	})}
}

// Engine compiles a pattern for the package validate.
func Engine(source string) (interface{ MatchString(string) bool }, error) {
	p, err := compile(source)
	if err != nil {
		return nil, err
	}
	return &Pattern{source, func() *program { return p }}, nil
}

func compile(source string) (*program, error) {
	n, err := ecma.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("ecma: pattern %q has %w", source, err)
	}
	return newProgram(n), nil
}

// MatchString reports whether s contains a match. It returns false if Match returns an
// error for s as a document of its own.
func (p *Pattern) MatchString(s string) bool {
	ok, err := p.Match(codec.NewDocument(context.Background(), s), s)
	return ok && err == nil
}

// Match reports whether s, a part of a document, contains a match. The error is nil,
// ErrTooLong or one of doc's Spend.
func (p *Pattern) Match(doc *codec.Document, s string) (bool, error) {
	return p.program().match(doc, s)
}

// String returns the source of the pattern.
func (p *Pattern) String() string { return p.source }
