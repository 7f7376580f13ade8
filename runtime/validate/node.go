package validate

import (
	"math/bits"
	"slices"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A node is a compiled schema. Zero values are keywords that are absent, and
// limits that are absent are -1.
type node struct {
	never bool
	kinds kind // 0 allows all

	enum      map[string]bool // canonical bytes of the values
	enumKinds kind            // of the values in enum
	enumTexts []string        // as the schema has them, for messages

	multipleOf, minimum, maximum, over, under string // texts of numbers

	minLength, maxLength int
	pattern              *pattern
	format               string
	encoding, media      string

	prefix                   []*node
	items                    *node
	contains                 *node
	minContains, maxContains int
	uncounted                bool
	minItems, maxItems       int
	unique                   bool
	unevaluatedItems         *node

	members                      map[string]member
	required                     []string
	patterns                     []patternMember
	additional                   *node
	names                        *node
	dependentRequired            []dependentRequired
	dependentSchemas             []dependentSchema
	minProperties, maxProperties int
	unevaluatedProperties        *node

	allOf, anyOf, oneOf []*node
	not                 *node
	test, then, orElse  *node // if, then and else
	ref                 *node
	dynamic             string // the anchor of x-dynamicRef
	isDynamic           bool
	scope               []anchor

	said   []*keyword      // the keywords that the schema has, in the order of the table
	checks [kinds][]*check // what judges a value of each JSON type, by the number of its bit
}

// kinds is how many JSON types there are.
const kinds = 6

// A member is what a schema says about the property of one name.
type member struct {
	schema   *node // nil if it's only required
	required bool
}

type patternMember struct {
	pattern *pattern
	schema  *node
}

type dependentRequired struct {
	name     string
	required []string
}

type dependentSchema struct {
	name   string
	schema *node
}

// An anchor is a dynamic anchor and what it leads to.
type anchor struct {
	name   string
	target *node
}

// A pattern is a regular expression of Go or of an Engine.
type pattern struct {
	source string
	match  func(doc *codec.Document, s string) (bool, error)
}

// newNode returns a node that allows everything.
func newNode() *node {
	return &node{
		minLength: -1, maxLength: -1, minContains: -1, maxContains: -1, minItems: -1, maxItems: -1,
		minProperties: -1, maxProperties: -1,
	}
}

// arrange sorts the keywords of s and finds the checks for each type of value.
// The keyword type needs none for the types that it allows.
func (s *node) arrange() {
	slices.SortFunc(s.said, func(a, b *keyword) int { return a.order - b.order })
	all := make([]*check, 0, kinds*len(s.said))
	for i := range s.checks {
		is, begin := kind(1)<<i, len(all)
		var last *check // rows that share one are neighbours
		for _, k := range s.said {
			if k.check == nil || k.check == last || k.check == byKind && s.kinds&is != 0 {
				continue
			}
			if last = k.check; last.about == 0 || last.about&is != 0 {
				all = append(all, last)
			}
		}
		s.checks[i] = all[begin:]
	}
}

// checksOf returns what judges a value of one type.
func (s *node) checksOf(k kind) []*check { return s.checks[bits.TrailingZeros16(uint16(k))] }

// newPattern wraps a compiled pattern.
func newPattern(source string, m Matcher) *pattern {
	p := &pattern{source: source}
	switch m := m.(type) {
	case interface {
		Match(doc *codec.Document, s string) (bool, error)
	}:
		p.match = m.Match
	default:
		p.match = func(_ *codec.Document, s string) (bool, error) { return m.MatchString(s), nil }
	}
	return p
}
