package ecma

import (
	"unicode"
	"unicode/utf16"
)

// escape parses what begins with a backslash, outside of classes.
func (p *parser) escape() *Node {
	at := p.pos
	switch {
	case p.skip(`\b`):
		return &Node{Op: Boundary}
	case p.skip(`\B`):
		return &Node{Op: Boundary, Negated: true}
	case p.skip(`\k<`):
		n := &Node{Op: Backref}
		p.refs = append(p.refs, reference{node: n, name: p.name(), pos: at})
		return n
	}
	if at+1 < len(p.src) && '1' <= p.src[at+1] && p.src[at+1] <= '9' {
		p.pos++
		index, _ := p.number()
		n := &Node{Op: Backref, Groups: []int{index}}
		p.refs = append(p.refs, reference{node: n, pos: at})
		return n
	}
	it := p.classEscape()
	if it.Set == nil {
		return &Node{Op: Literal, Rune: it.Lo}
	}
	return &Node{Op: Class, Items: []Item{it}}
}

// class parses a class in brackets.
func (p *parser) class() *Node {
	at := p.pos
	p.pos++
	n := &Node{Op: Class, Negated: p.skip("^")}
	for !p.skip("]") {
		if !p.more() {
			p.pos = at
			p.fail("a [ without its ]")
		}
		low := p.classAtom()
		start := p.pos
		if !p.skip("-") || !p.more() || p.next() == ']' {
			p.pos = start
			n.Items = append(n.Items, low)
			continue
		}
		high := p.classAtom()
		switch {
		case low.Set != nil || high.Set != nil:
			n.Items = append(n.Items, low, Item{Lo: '-', Hi: '-'}, high)
		case low.Lo > high.Lo:
			p.pos = start
			p.fail("a range in the wrong order")
		default:
			n.Items = append(n.Items, Item{Lo: low.Lo, Hi: high.Lo})
		}
	}
	return n
}

func (p *parser) classAtom() Item {
	switch {
	case p.skip(`\b`):
		return Item{Lo: '\b', Hi: '\b'}
	case p.next() == '\\':
		return p.classEscape()
	case !p.more():
		p.fail("a [ without its ]")
	}
	r := p.next()
	p.pos++
	return Item{Lo: r, Hi: r}
}

// controls are the escapes of one letter.
var controls = map[rune]rune{'t': '\t', 'n': '\n', 'v': '\v', 'f': '\f', 'r': '\r'}

// classEscape parses an escape that stands for one rune or a set of them, which
// mean the same inside and outside of classes.
func (p *parser) classEscape() Item {
	p.pos++
	r := p.next()
	if r < 0 {
		p.fail(`a \ with nothing behind it`)
	}
	p.pos++
	switch r {
	case 'd', 'D':
		return Item{Set: digits, Negated: r == 'D'}
	case 'w', 'W':
		return Item{Set: word, Negated: r == 'W'}
	case 's', 'S':
		return Item{Set: space, Negated: r == 'S'}
	case 'p', 'P':
		return Item{Set: p.property(), Negated: r == 'P'}
	case 'c':
		r = p.next() | 0x20
		if r < 'a' || r > 'z' {
			p.fail(`no letter behind \c`)
		}
		p.pos++
		r &= 0x1f
	case 'x':
		r = p.hex(2)
	case 'u':
		r = p.unicode()
	case '0':
		if '0' <= p.next() && p.next() <= '9' {
			p.fail("an octal escape, which ECMA-262 doesn't have")
		}
		r = 0
	default:
		if c, ok := controls[r]; ok {
			r = c
		} else if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			p.pos -= 2
			p.fail(`\%c, which ECMA-262 doesn't have,`, r)
		}
	}
	return Item{Lo: r, Hi: r}
}

// unicode parses what follows \u: four digits, two such escapes that form a
// surrogate pair, or digits in braces.
func (p *parser) unicode() rune {
	if p.skip("{") {
		r := rune(0)
		start := p.pos
		for !p.skip("}") {
			if r = r<<4 | p.digit(); r > unicode.MaxRune {
				p.fail("no Unicode code point")
			}
		}
		if p.pos == start+1 {
			p.fail("no Unicode code point")
		}
		return r
	}
	r := p.hex(4)
	start := p.pos
	if 0xd800 <= r && r < 0xdc00 && p.skip(`\u`) && p.next() != '{' {
		if pair := utf16.DecodeRune(r, p.hex(4)); pair != unicode.ReplacementChar {
			return pair
		}
	}
	if 0xd800 <= r && r < 0xdc00 {
		p.pos = start
	}
	return r
}

func (p *parser) hex(digits int) rune {
	r := rune(0)
	for range digits {
		r = r<<4 | p.digit()
	}
	return r
}

// digit parses one hexadecimal digit.
func (p *parser) digit() rune {
	r := p.next()
	switch {
	case '0' <= r && r <= '9':
		r -= '0'
	case 'a' <= r|0x20 && r|0x20 <= 'f':
		r = r | 0x20 - 'a' + 10
	default:
		p.fail("no hexadecimal digit")
	}
	p.pos++
	return r
}
