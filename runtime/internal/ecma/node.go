// Package ecma parses regular expressions of ECMA-262, as JSON Schema writes
// them, into trees.
//
// There are two copies of it, runtime/internal/ecma and gen/internal/ecma,
// since neither side of the project imports the other. The former is the
// original; a test of the latter compares them file by file.
package ecma

// An Op is what a Node stands for.
type Op int

const (
	Empty     Op = iota // matches the empty string
	Literal             // Rune
	Class               // one of Items, or none of them if Negated
	Begin               // ^, at every line if Multiline
	End                 // $, likewise
	Boundary            // \b, or \B if Negated
	Group               // ( ) around Subs[0]; Index is its number
	Cluster             // (?: ) around Subs[0], with the modifiers Add and Remove
	Look                // a look ahead, or behind if Behind; Negated if it must fail
	Backref             // what the group that matched of Groups has matched
	Repeat              // Subs[0] Min to Max times
	Concat              // all Subs, one after the other
	Alternate           // one of Subs, the first that fits
)

// Unlimited is the Max of a Node that repeats without a bound.
const Unlimited = -1

// A Node is a part of a pattern. Groups are there as the author wrote them, so
// that what is below a Node never needs parentheses that aren't in the tree.
type Node struct {
	Op        Op
	Subs      []*Node
	Rune      rune
	Items     []Item
	Negated   bool
	Multiline bool
	Behind    bool
	Index     int
	Groups    []int
	Add       string // ignore-case alone; the other modifiers are resolved
	Remove    string
	Min, Max  int
	Lazy      bool
}

// lineEnds are the line terminators, which a dot doesn't match.
var lineEnds = []Item{{Lo: '\n', Hi: '\n'}, {Lo: '\r', Hi: '\r'}, {Lo: 0x2028, Hi: 0x2029}}
