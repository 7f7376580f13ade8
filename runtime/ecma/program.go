package ecma

import (
	"slices"

	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// An op is what an instruction does.
type op uint8

const (
	match    op = iota // end: the text matches
	char               // step over one rune of set
	begin              // at the start of the text, or of a line
	end                // at its end
	boundary           // between a word and what is none
	look               // what begins at alt matches here, or doesn't
	split              // go on at next, or else at alt
	save               // note where a group begins or ends
	backref            // step over what a group has matched
	enter              // begin a loop: count is 0
	loop               // begin another round at alt, or go on at next
	round              // begin a round: its groups haven't matched
	again              // end a round and go back to next, its loop
)

// An inst is an instruction. Those that step go backwards if back is set, as what
// looks behind does.
type inst struct {
	op        op
	back      bool
	fold      bool // upper and lower case are the same
	negated   bool // of look and boundary
	multiline bool // of begin and end
	lazy      bool // of loop
	next, alt int
	memo      int // the number of an instruction that several lead to, or -1
	set       *set
	slot      int   // of save, and of loops, where their two registers are
	groups    []int // of backref
	low, high int   // of loop and again, the bounds; of round, the groups in it
}

// A program is a compiled pattern. Without back-references, it tries each instruction at
// most once at each place, also in lookarounds and repetitions.
type program struct {
	insts    []inst
	start    int
	anchored bool // matches begin at the start of the text only
	memos    int
	slots    int  // registers: two for each group and each loop
	backs    bool // it backtracks, since a backref or a big count needs registers
}

// maxInsts bounds a program whose loops with counts are written out. A larger one
// counts rounds instead.
const maxInsts = 10_000

// newProgram compiles a pattern.
func newProgram(n *ecma.Node) *program {
	c := compiler{groups: count(n)}
	c.backs = refers(n)
	if !c.backs && !c.fits(n) {
		c.backs = true
	}
	c.slots = 2 * (c.groups + 1)
	c.add(inst{op: match})
	c.program.start = c.node(n, 0)
	c.anchored = anchored(n)
	if !c.backs {
		c.findMemos()
	}
	return &c.program
}

type compiler struct {
	program
	groups     int
	back, fold bool
}

// count returns how many groups n has.
func count(n *ecma.Node) int {
	groups := 0
	if n.Op == ecma.Group {
		groups = 1
	}
	for _, sub := range n.Subs {
		groups += count(sub)
	}
	return groups
}

// refers reports whether something in n refers back to a group.
func refers(n *ecma.Node) bool { return n.Op == ecma.Backref || slices.ContainsFunc(n.Subs, refers) }

// anchored reports whether n matches nothing but what begins at the start of the text.
func anchored(n *ecma.Node) bool {
	switch n.Op {
	case ecma.Begin:
		return !n.Multiline
	case ecma.Concat, ecma.Group, ecma.Cluster:
		return anchored(n.Subs[0])
	case ecma.Alternate:
		return !slices.ContainsFunc(n.Subs, func(sub *ecma.Node) bool { return !anchored(sub) })
	}
	return false
}

// fits reports whether n has no more than maxInsts instructions with its loops
// written out.
func (c *compiler) fits(n *ecma.Node) bool { return size(n) <= maxInsts }

// size returns how many instructions n takes, or a number above maxInsts.
func size(n *ecma.Node) int {
	all := 1
	for _, sub := range n.Subs {
		all = min(all+size(sub), maxInsts+1)
	}
	if n.Op == ecma.Repeat {
		times := max(n.Min, n.Max) + 1
		all *= min(times, maxInsts+1)
	}
	return min(all, maxInsts+1)
}

// add appends an instruction and returns where it is.
func (c *compiler) add(in inst) int {
	in.back, in.fold, in.memo = c.back, c.fold, -1
	c.insts = append(c.insts, in)
	return len(c.insts) - 1
}

// node compiles n with what follows at next, and returns where it begins.
func (c *compiler) node(n *ecma.Node, next int) int {
	switch n.Op {
	case ecma.Empty:
		return next
	case ecma.Literal:
		return c.add(inst{op: char, next: next, set: newSet([]ecma.Item{{Lo: n.Rune, Hi: n.Rune}}, false, c.fold)})
	case ecma.Class:
		return c.add(inst{op: char, next: next, set: newSet(n.Items, n.Negated, c.fold)})
	case ecma.Begin:
		return c.add(inst{op: begin, next: next, multiline: n.Multiline})
	case ecma.End:
		return c.add(inst{op: end, next: next, multiline: n.Multiline})
	case ecma.Boundary:
		return c.add(inst{op: boundary, next: next, negated: n.Negated})
	case ecma.Group:
		return c.group(n, next)
	case ecma.Cluster:
		before := c.fold
		c.fold = (c.fold || n.Add != "") && n.Remove == ""
		at := c.node(n.Subs[0], next)
		c.fold = before
		return at
	case ecma.Look:
		before := c.back
		c.back = n.Behind
		sub := c.node(n.Subs[0], 0)
		c.back = before
		return c.add(inst{op: look, next: next, alt: sub, negated: n.Negated})
	case ecma.Backref:
		return c.add(inst{op: backref, next: next, groups: n.Groups})
	case ecma.Repeat:
		if c.backs {
			return c.counted(n, next)
		}
		return c.repeated(n, next)
	case ecma.Concat:
		subs := slices.Clone(n.Subs)
		if !c.back {
			slices.Reverse(subs)
		}
		for _, sub := range subs {
			next = c.node(sub, next)
		}
		return next
	case ecma.Alternate:
		last := len(n.Subs) - 1
		at := c.node(n.Subs[last], next)
		for i := last - 1; i >= 0; i-- {
			at = c.add(inst{op: split, next: c.node(n.Subs[i], next), alt: at})
		}
		return at
	}
	panic("ecma: no rule for an operation")
}

// group compiles a group. Its place matters only if something refers to it.
func (c *compiler) group(n *ecma.Node, next int) int {
	if !c.backs {
		return c.node(n.Subs[0], next)
	}
	first, last := 2*n.Index, 2*n.Index+1
	if c.back {
		first, last = last, first
	}
	next = c.add(inst{op: save, next: next, slot: last})
	return c.add(inst{op: save, next: c.node(n.Subs[0], next), slot: first})
}

// repeated writes a repetition out. Which way is tried first makes no difference
// without backrefs: trying to leave a loop first keeps what is left to try small.
func (c *compiler) repeated(n *ecma.Node, next int) int {
	sub := n.Subs[0]
	if n.Max == ecma.Unlimited {
		at := c.add(inst{op: split, next: next})
		c.insts[at].alt = c.node(sub, at)
		next = at
	} else {
		leave := next
		for range n.Max - n.Min {
			next = c.add(inst{op: split, next: leave, alt: c.node(sub, next)})
		}
	}
	for range n.Min {
		next = c.node(sub, next)
	}
	return next
}

// counted writes a repetition as a loop that counts its rounds.
func (c *compiler) counted(n *ecma.Node, next int) int {
	slot := c.slots
	c.slots += 2
	low, high := c.groupsIn(n.Subs[0])
	at := c.add(inst{op: loop, next: next, slot: slot, low: n.Min, high: n.Max, lazy: n.Lazy})
	back := c.add(inst{op: again, next: at, slot: slot, low: n.Min})
	c.insts[at].alt = c.add(inst{op: round, next: c.node(n.Subs[0], back), slot: slot, low: low, high: high})
	return c.add(inst{op: enter, next: at, slot: slot})
}

// groupsIn returns the first group in n, and the one behind the last.
func (c *compiler) groupsIn(n *ecma.Node) (low, high int) {
	if n.Op == ecma.Group {
		low, high = n.Index, n.Index+1
	}
	for _, sub := range n.Subs {
		l, h := c.groupsIn(sub)
		if h > 0 && (high == 0 || l < low) {
			low = l
		}
		high = max(high, h)
	}
	return low, high
}

// findMemos numbers the instructions that more than one leads to. All others are
// tried once for each time that the one before is.
func (c *compiler) findMemos() {
	ways := make([]int, len(c.insts))
	ways[c.start]++ // a search begins there
	for i := range c.insts {
		in := &c.insts[i]
		if in.op == match {
			continue
		}
		ways[in.next]++
		if in.op == split || in.op == look {
			ways[in.alt]++
		}
	}
	for i := 1; i < len(c.insts); i++ { // 0 is the end
		if ways[i] > 1 {
			c.insts[i].memo = c.memos
			c.memos++
		}
	}
}
