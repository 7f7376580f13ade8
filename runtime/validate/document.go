package validate

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A kind is a set of JSON types. A token has one, a schema allows some.
type kind uint16

const (
	null kind = 1 << iota
	boolean
	number
	text
	array
	object

	// Kinds of numbers, which schemas alone have.
	integer       // without a fraction, however it's spelled: 1.0 is one
	strictInteger // spelled without a fraction or exponent: 1.0 isn't one
)

// maxDepth is how deep a document may be nested, as in encoding/json.
const maxDepth = 10000

// A document is JSON with a table of its values, so that a keyword finds what
// it speaks of without parsing again.
type document struct {
	text   string
	tokens []token
	bad    problem // what is wrong with the syntax

	// digests are of the arrays and objects whose canonical bytes were long.
	digests map[int][sha256.Size]byte
}

// A token is a value, or the name in front of one. The tokens of an array's
// items and of an object's names and values follow its own.
type token struct {
	kind       kind
	escaped    bool // a string with escape sequences
	start, end int  // in the text
	next       int  // the token after everything in this one
	count      int  // of items or members
}

// A problem is what is wrong at an offset.
type problem struct {
	offset   int
	expected string
	text     string // instead of expected
}

// parse fills the table from text and reports if that is one JSON value.
// A name that stands twice in an object isn't allowed.
func (d *document) parse(text string) bool {
	d.text, d.tokens, d.bad, d.digests = text, d.tokens[:0], problem{}, nil
	end := d.value(d.space(0), 0)
	if end < 0 {
		return false
	}
	if end = d.space(end); end < len(text) {
		d.wrong(end, "the end of the document")
		return false
	}
	return true
}

// find returns the token of the value in text[from:to], or -1 if that isn't there.
func (d *document) find(from, to int) int {
	at, ok := slices.BinarySearchFunc(d.tokens, from, func(t token, from int) int { return cmp.Compare(t.start, from) })
	if !ok || d.tokens[at].end != to {
		return -1
	}
	return at
}

// wrong notes a problem. The methods below return what it returns: no offset.
func (d *document) wrong(offset int, expected string) int {
	d.bad = problem{offset: offset, expected: expected}
	return -1
}

func (d *document) space(p int) int {
	for p < len(d.text) && (d.text[p] == ' ' || d.text[p] == '\n' || d.text[p] == '\r' || d.text[p] == '\t') {
		p++
	}
	return p
}

// at returns the byte at p, or 0 at the end.
func (d *document) at(p int) byte {
	if p >= len(d.text) {
		return 0
	}
	return d.text[p]
}

// value adds the value at p and returns the offset behind it.
func (d *document) value(p, depth int) int {
	if depth > maxDepth {
		return d.wrong(p, "at most 10000 levels of nesting")
	}
	at := len(d.tokens)
	d.tokens = append(d.tokens, token{start: p})
	var k kind
	var count int
	switch c := d.at(p); {
	case c == '{':
		k = object
		p, count = d.members(p+1, depth)
	case c == '[':
		k = array
		p, count = d.items(p+1, depth)
	case c == '"':
		k = text
		p = d.string(p+1, at)
	case c == '-' || isDigit(c):
		k = number
		p = d.number(p)
	case c == 'n':
		k = null
		p = d.literal(p, "null")
	case c == 't':
		k = boolean
		p = d.literal(p, "true")
	case c == 'f':
		k = boolean
		p = d.literal(p, "false")
	default:
		return d.wrong(p, "a value")
	}
	t := &d.tokens[at]
	t.kind, t.count, t.end, t.next = k, count, p, len(d.tokens)
	return p
}

func (d *document) literal(p int, word string) int {
	if !strings.HasPrefix(d.text[p:], word) {
		return d.wrong(p, "a value")
	}
	return p + len(word)
}

func (d *document) items(p, depth int) (end, count int) {
	if p = d.space(p); d.at(p) == ']' {
		return p + 1, 0
	}
	for {
		if p = d.value(p, depth+1); p < 0 {
			return p, 0
		}
		count++
		p = d.space(p)
		switch d.at(p) {
		case ',':
			p = d.space(p + 1)
		case ']':
			return p + 1, count
		default:
			return d.wrong(p, `"," or "]"`), 0
		}
	}
}

func (d *document) members(p, depth int) (end, count int) {
	first := len(d.tokens)
	if p = d.space(p); d.at(p) == '}' {
		return p + 1, 0
	}
	for {
		if d.at(p) != '"' {
			return d.wrong(p, "a property name"), 0
		}
		name := len(d.tokens)
		d.tokens = append(d.tokens, token{kind: text, start: p, next: name + 1})
		if p = d.string(p+1, name); p < 0 {
			return p, 0
		}
		d.tokens[name].end = p
		if p = d.space(p); d.at(p) != ':' {
			return d.wrong(p, `":"`), 0
		}
		if p = d.value(d.space(p+1), depth+1); p < 0 {
			return p, 0
		}
		count++
		p = d.space(p)
		switch d.at(p) {
		case ',':
			p = d.space(p + 1)
		case '}':
			return d.distinct(first, count, p+1), count
		default:
			return d.wrong(p, `"," or "}"`), 0
		}
	}
}

// distinct checks that no two of the count members that begin with the token
// first have the same name. It returns end if so.
func (d *document) distinct(first, count, end int) int {
	if count <= 8 {
		for i, n := first, 0; n < count; i, n = d.tokens[i+1].next, n+1 {
			for j := first; j < i; j = d.tokens[j+1].next {
				if d.str(i) == d.str(j) {
					return d.twice(i)
				}
			}
		}
		return end
	}
	seen := make(map[string]struct{}, count)
	for i := first; i < len(d.tokens); i = d.tokens[i+1].next {
		name := d.str(i)
		if _, ok := seen[name]; ok {
			return d.twice(i)
		}
		seen[name] = struct{}{}
	}
	return end
}

// twice notes that the name at a token was there before.
func (d *document) twice(name int) int {
	d.bad = problem{offset: d.tokens[name].start, text: "property " + strconv.Quote(d.str(name)) + " twice"}
	return -1
}

// string checks the string whose characters begin at p.
func (d *document) string(p, at int) int {
	for {
		c := d.at(p)
		switch {
		case c == '"':
			return p + 1
		case c == '\\':
			d.tokens[at].escaped = true
			size := escapeSize(d.text[p:])
			if size == 0 {
				return d.wrong(p, "an escape sequence")
			}
			p += size
		case c < ' ':
			return d.wrong(p, "a character of a string")
		case c < utf8.RuneSelf:
			p++
		default:
			r, size := utf8.DecodeRuneInString(d.text[p:])
			if r == utf8.RuneError && size == 1 {
				return d.wrong(p, "valid UTF-8")
			}
			p += size
		}
	}
}

// escapeSize returns the length of the escape sequence that s begins with, or 0
// if it isn't one.
func escapeSize(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(s[2:]); ok {
			return 6
		}
	}
	return 0
}

func (d *document) number(p int) int {
	if d.at(p) == '-' {
		p++
	}
	switch c := d.at(p); {
	case c == '0':
		p++
	case isDigit(c):
		p = d.digits(p)
	default:
		return d.wrong(p, "a digit")
	}
	if d.at(p) == '.' {
		if p = d.digits(p + 1); p < 0 {
			return p
		}
	}
	if d.at(p)|0x20 == 'e' {
		p++
		if c := d.at(p); c == '+' || c == '-' {
			p++
		}
		p = d.digits(p)
	}
	return p
}

// digits steps over one digit or more.
func (d *document) digits(p int) int {
	if !isDigit(d.at(p)) {
		return d.wrong(p, "a digit")
	}
	for isDigit(d.at(p)) {
		p++
	}
	return p
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
