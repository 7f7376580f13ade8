package ecma

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
)

// maxDepth bounds how deep groups may be nested.
const maxDepth = 500

// Parse parses source as a pattern with the flag u, so a character is a code point.
// It also accepts what authors write for engines without that flag, where that has
// one meaning only: needless escapes of punctuation (\-, \_, \"), braces and
// closing brackets that stand for themselves, and classes such as [\w-.] whose
// hyphen forms no range. An error says what is wrong and at which character.
func Parse(source string) (n *Node, err error) {
	p := parser{src: []rune(source), named: map[string][]int{}}
	defer func() {
		if bad, ok := recover().(syntaxError); ok {
			n, err = nil, errors.New(string(bad))
		}
	}()
	n = p.alternate(0)
	if p.more() {
		p.fail("a ) without its (")
	}
	p.resolve()
	return n, nil
}

// A syntaxError is what the parser panics with. Parse recovers it.
type syntaxError string

type parser struct {
	src    []rune
	pos    int
	groups int
	named  map[string][]int
	names  map[string]bool // the names that the current alternative has used
	refs   []reference
	dotAll bool
	multi  bool
}

// A reference is a backreference whose group may come later in the source.
type reference struct {
	node *Node
	name string // "" if it's by number
	pos  int
}

// fail gives up at the current character.
func (p *parser) fail(format string, args ...any) {
	panic(syntaxError(fmt.Sprintf(format, args...) + fmt.Sprintf(" at character %d", p.pos+1)))
}

func (p *parser) more() bool { return p.pos < len(p.src) }

// next returns the next rune, or -1 at the end.
func (p *parser) next() rune {
	if !p.more() {
		return -1
	}
	return p.src[p.pos]
}

// skip steps over s if it is next.
func (p *parser) skip(s string) bool {
	rs := []rune(s)
	if len(p.src)-p.pos < len(rs) || !slices.Equal(p.src[p.pos:p.pos+len(rs)], rs) {
		return false
	}
	p.pos += len(rs)
	return true
}

// alternate parses alternatives up to a closing parenthesis or the end.
func (p *parser) alternate(depth int) *Node {
	if depth > maxDepth {
		p.fail("groups nested deeper than %d", maxDepth)
	}
	before, all := p.names, map[string]bool{}
	var subs []*Node
	for {
		// Groups of different alternatives may share a name.
		p.names = map[string]bool{}
		maps.Copy(p.names, before)
		subs = append(subs, p.concat(depth))
		maps.Copy(all, p.names)
		if !p.skip("|") {
			break
		}
	}
	p.names = all
	if len(subs) == 1 {
		return subs[0]
	}
	return &Node{Op: Alternate, Subs: subs}
}

func (p *parser) concat(depth int) *Node {
	var subs []*Node
	for p.more() && p.next() != '|' && p.next() != ')' {
		subs = append(subs, p.term(depth))
	}
	switch len(subs) {
	case 0:
		return &Node{Op: Empty}
	case 1:
		return subs[0]
	}
	return &Node{Op: Concat, Subs: subs}
}

// term parses an atom or assertion with its quantifier.
func (p *parser) term(depth int) *Node {
	n := p.atom(depth)
	at := p.pos
	low, high, ok := p.quantifier()
	if !ok {
		return n
	}
	// Engines without the flag u let a look ahead be repeated.
	if n.Op == Begin || n.Op == End || n.Op == Boundary || n.Op == Look && n.Behind {
		p.pos = at
		p.fail("nothing that could be repeated")
	}
	if high != Unlimited && low > high {
		p.pos = at
		p.fail("bounds of a repetition in the wrong order")
	}
	return &Node{Op: Repeat, Subs: []*Node{n}, Min: low, Max: high, Lazy: p.skip("?")}
}

// quantifier parses *, +, ?, {n}, {n,} or {n,m} if that is next.
func (p *parser) quantifier() (low, high int, ok bool) {
	switch {
	case p.skip("*"):
		return 0, Unlimited, true
	case p.skip("+"):
		return 1, Unlimited, true
	case p.skip("?"):
		return 0, 1, true
	}
	start := p.pos
	if p.skip("{") {
		low, ok = p.number()
		high = low
		if ok && p.skip(",") {
			if high, _ = p.number(); p.src[p.pos-1] == ',' {
				high = Unlimited
			}
		}
		if ok && p.skip("}") {
			return low, high, true
		}
	}
	p.pos = start
	return 0, 0, false
}

// number parses a decimal number, and stays at the largest int32 beyond that.
func (p *parser) number() (n int, ok bool) {
	for '0' <= p.next() && p.next() <= '9' {
		n = min(n*10+int(p.next()-'0'), math.MaxInt32)
		p.pos++
		ok = true
	}
	return n, ok
}

func (p *parser) atom(depth int) *Node {
	at := p.pos
	if _, _, ok := p.quantifier(); ok {
		p.pos = at
		p.fail("nothing to repeat")
	}
	r := p.next()
	switch r {
	case '(':
		return p.group(depth)
	case '[':
		return p.class()
	case '\\':
		return p.escape()
	}
	p.pos++
	switch r {
	case '^':
		return &Node{Op: Begin, Multiline: p.multi}
	case '$':
		return &Node{Op: End, Multiline: p.multi}
	case '.':
		if p.dotAll {
			return &Node{Op: Class, Negated: true}
		}
		return &Node{Op: Class, Negated: true, Items: lineEnds}
	}
	return &Node{Op: Literal, Rune: r}
}

// group parses everything that begins with a parenthesis.
func (p *parser) group(depth int) *Node {
	at := p.pos
	n := &Node{Op: Cluster}
	dotAll, multi := p.dotAll, p.multi
	switch {
	case p.skip("(?="):
		n.Op = Look
	case p.skip("(?!"):
		n.Op, n.Negated = Look, true
	case p.skip("(?<="):
		n.Op, n.Behind = Look, true
	case p.skip("(?<!"):
		n.Op, n.Behind, n.Negated = Look, true, true
	case p.skip("(?<"):
		p.groups++
		n.Op, n.Index = Group, p.groups
		p.declare(p.name(), n.Index)
	case p.skip("(?"):
		p.modifiers(n)
	default:
		p.pos++
		p.groups++
		n.Op, n.Index = Group, p.groups
	}
	n.Subs = []*Node{p.alternate(depth + 1)}
	if !p.skip(")") {
		p.pos = at
		p.fail("a ( without its )")
	}
	p.dotAll, p.multi = dotAll, multi
	return n
}

// declare notes the name of a group.
func (p *parser) declare(name string, index int) {
	if p.names[name] {
		p.fail("a second group named %s", name)
	}
	p.names[name] = true
	p.named[name] = append(p.named[name], index)
}

// modifiers parses what stands between (? and : in (?i-s:…).
func (p *parser) modifiers(n *Node) {
	start := p.pos
	add := p.flags()
	remove := ""
	if p.skip("-") {
		remove = p.flags()
	}
	if p.pos == start+1 && remove == "" && add == "" || strings.ContainsAny(add, remove) {
		p.fail("modifiers that make no sense")
	}
	if !p.skip(":") {
		p.pos = start
		p.fail("a kind of group that ECMA-262 doesn't have")
	}
	for _, f := range []struct {
		name string
		on   *bool
	}{{"s", &p.dotAll}, {"m", &p.multi}} {
		*f.on = (*f.on || strings.Contains(add, f.name)) && !strings.Contains(remove, f.name)
	}
	if strings.Contains(add, "i") {
		n.Add = "i"
	}
	if strings.Contains(remove, "i") {
		n.Remove = "i"
	}
}

func (p *parser) flags() string {
	var b strings.Builder
	for strings.ContainsRune("ims", p.next()) {
		if strings.ContainsRune(b.String(), p.next()) {
			p.fail("a modifier twice")
		}
		b.WriteRune(p.next())
		p.pos++
	}
	return b.String()
}

// name parses the name of a group, up to and with its closing bracket.
func (p *parser) name() string {
	var b strings.Builder
	for !p.skip(">") {
		r := p.next()
		p.pos++
		if r == '\\' && p.skip("u") {
			r = p.unicode()
		}
		ok := r == '$' || r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) || unicode.Is(unicode.Other_ID_Start, r)
		if b.Len() > 0 {
			ok = ok || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue) || r == 0x200c || r == 0x200d
		}
		if !ok {
			p.fail("no name of a group")
		}
		b.WriteRune(r)
	}
	if b.Len() == 0 {
		p.fail("no name of a group")
	}
	return b.String()
}

// resolve finds the groups of the references, now that all are known.
func (p *parser) resolve() {
	for _, ref := range p.refs {
		p.pos = ref.pos
		switch {
		case ref.name != "" && p.named[ref.name] == nil:
			p.fail("no group named %s", ref.name)
		case ref.name != "":
			ref.node.Groups = p.named[ref.name]
		case ref.node.Groups[0] > p.groups:
			p.fail("no group %d", ref.node.Groups[0])
		}
	}
}
