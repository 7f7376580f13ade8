// Package ecma parses regular expressions of ECMA-262, as JSON Schema writes its
// patterns, and translates them to the syntax of Go's regexp.
//
// Parse returns the tree of a pattern. Translate returns a pattern for regexp with the same
// meaning, if there is one. The generator and the runtime share this package, so that a
// pattern means the same to both. It needs the standard library alone. Package runtime/ecma
// matches the patterns that Translate can't translate.
package ecma

// An Op is the operation of a Node.
type Op int

const (
	Empty     Op = iota // the empty string
	Literal             // Rune
	Class               // a rune of Items, or one of no item if Negated
	Begin               // ^: the start of the text, or of a line if Multiline
	End                 // $: the end of the text, or of a line if Multiline
	Boundary            // \b, or \B if Negated
	Group               // ( ) around Subs[0]; Index is its number
	Cluster             // (?: ) around Subs[0], with the modifiers Add and Remove
	Look                // (?= ) around Subs[0]; (?! ) if Negated, (?<= ) if Behind
	Backref             // the text that a group of Groups has matched
	Repeat              // Subs[0], Min to Max times
	Concat              // all Subs, one after the other
	Alternate           // the first of Subs that matches
)

// Unlimited is the Max of a Node that repeats without a bound.
const Unlimited = -1

// A Node is a part of a pattern. The tree keeps every pair of parentheses that the
// author wrote, so a printer never has to add one. The comment of each Op says
// which fields it uses; the others are zero.
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
	Add       string // "i" or ""; the parser has applied the other modifiers
	Remove    string // "i" or ""
	Min, Max  int
	Lazy      bool
}

// Opening returns what opens a Cluster, such as "(?:" or "(?i:". Go's regexp and
// ECMA-262 write it alike.
func (n *Node) Opening() string {
	if n.Remove != "" {
		return "(?" + n.Add + "-" + n.Remove + ":"
	}
	return "(?" + n.Add + ":"
}

// lineEnds are the line terminators. A dot doesn't match them.
var lineEnds = []Item{{Lo: '\n', Hi: '\n'}, {Lo: '\r', Hi: '\r'}, {Lo: 0x2028, Hi: 0x2029}}
