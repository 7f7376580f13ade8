package envelope

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// A scanner reads one JSON text and checks its syntax without decoding it: an envelope is
// parsed before it is known whether its body will be decoded. It stops at the first error.
type scanner struct {
	b     []byte
	i     int
	depth int // how many more levels may be opened
	err   error
}

// malformed returns what is wrong with the syntax of p, or nil.
func malformed(p []byte, depth int) error {
	s := scanner{b: p, depth: depth}
	s.value()
	s.end()
	return s.err
}

// fail records a problem at the scanner's place.
func (s *scanner) fail(problem string) {
	if s.err == nil {
		s.err = fmt.Errorf("invalid JSON at byte %d: %s", s.i, problem)
	}
}

// unexpected records that the next byte isn't what was expected.
func (s *scanner) unexpected(expected string) {
	if s.i >= len(s.b) {
		s.fail("it ends where " + expected + " is expected")
		return
	}
	s.fail("found " + strconv.QuoteRuneToASCII(rune(s.b[s.i])) + " where " + expected + " is expected")
}

// space skips white space and returns the next byte, 0 at the end.
func (s *scanner) space() byte {
	for ; s.i < len(s.b); s.i++ {
		if c := s.b[s.i]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// end checks that the text ends here.
func (s *scanner) end() {
	if s.err == nil && (s.space() != 0 || s.i < len(s.b)) {
		s.unexpected("the end")
	}
}

// value skips a value and the white space before it.
func (s *scanner) value() {
	switch c := s.space(); c {
	case '"':
		s.string()
	case '{':
		for s.open(); s.member('}'); {
			s.name()
			s.value()
		}
	case '[':
		for s.open(); s.member(']'); {
			s.value()
		}
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		if c == '-' || c >= '0' && c <= '9' {
			s.number()
			return
		}
		s.unexpected("a value")
	}
}

// pass skips a value like value, but looks at brackets and quotes only. If the skipped
// bytes are a JSON value, there is no other way to read them. If they aren't, the decoder
// of the value finds that.
func (s *scanner) pass() {
	switch c := s.space(); c {
	case '"':
		s.passString()
	case '{', '[':
		s.passBrackets()
	default:
		s.value()
	}
}

// passString skips a string.
func (s *scanner) passString() {
	end := s.closingQuote(s.i + 1)
	s.i = min(end+1, len(s.b))
	if end == len(s.b) {
		s.fail("the string doesn't end")
	}
}

// closingQuote returns the place of the first quote from i on that isn't escaped, or the
// length of b if there is none.
func (s *scanner) closingQuote(i int) int {
	b := s.b
	for start := i; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			break
		}
		i += n
		slashes := 0
		for j := i - 1; j >= start && b[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return len(b)
}

// open enters an array or object.
func (s *scanner) open() {
	if s.depth--; s.depth < 0 {
		s.fail("nested too deeply")
		return
	}
	s.i++
}

// member skips a comma before the next element or member. It reports false after the
// closing bracket or an error.
func (s *scanner) member(closing byte) bool {
	if s.err != nil {
		return false
	}
	first := s.b[s.i-1] == '{' || s.b[s.i-1] == '['
	switch c := s.space(); {
	case c == closing:
		s.i++
		s.depth++
		return false
	case first:
		return true
	case c == ',':
		s.i++
		if s.space() == closing {
			s.unexpected("a value")
			return false
		}
		return true
	}
	s.unexpected("',' or '" + string(rune(closing)) + "'")
	return false
}

// name skips the name of a member and the colon. It returns the name without its quotes,
// and whether it has escapes.
func (s *scanner) name() (text []byte, escaped bool) {
	if s.space() != '"' {
		s.unexpected("a name")
		return nil, false
	}
	text, escaped = s.string()
	if s.space() != ':' {
		s.unexpected("':'")
		return nil, false
	}
	s.i++
	return text, escaped
}

// string skips a string. It returns the bytes between the quotes, and whether they have
// escapes.
func (s *scanner) string() (text []byte, escaped bool) {
	if s.err != nil {
		return nil, false
	}
	s.i++
	start := s.i
	for {
		s.plain()
		if s.i >= len(s.b) {
			s.fail("the string doesn't end")
			return nil, false
		}
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[start : s.i-1], escaped
		case c == '\\':
			escaped = true
			if !s.escape() {
				s.fail("bad escape in a string")
				return nil, false
			}
		case c < ' ':
			s.fail("control character in a string")
			return nil, false
		default:
			r, n := utf8.DecodeRune(s.b[s.i:])
			if r == utf8.RuneError && n <= 1 {
				s.fail("invalid UTF-8")
				return nil, false
			}
			s.i += n
		}
	}
}

// plain skips printable ASCII that stands for itself, eight bytes at a time.
func (s *scanner) plain() {
	b, i := s.b, s.i
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote, slash := w^ones*'"', w^ones*'\\'
		// The top bit of each byte that isn't plain. Bytes above such a byte may be
		// marked by mistake, but the lowest mark is always right.
		special := ((w - ones*' ') | (quote - ones) | (slash - ones) | w) & tops
		if special != 0 {
			i += bits.TrailingZeros64(special) / 8
			break
		}
	}
	for i < len(b) && b[i] >= ' ' && b[i] < 0x80 && b[i] != '"' && b[i] != '\\' {
		i++
	}
	s.i = i
}

// escape skips an escape. It reports false if the escape isn't valid.
func (s *scanner) escape() bool {
	if s.i+1 >= len(s.b) {
		return false
	}
	switch s.b[s.i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i += 2
		return true
	case 'u':
		if s.i+6 > len(s.b) {
			return false
		}
		for _, c := range s.b[s.i+2 : s.i+6] {
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return false
			}
		}
		s.i += 6
		return true
	}
	return false
}

func (s *scanner) literal(word string) {
	if len(s.b)-s.i < len(word) || string(s.b[s.i:s.i+len(word)]) != word {
		s.unexpected("a value")
		return
	}
	s.i += len(word)
}

// number skips a number: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number() {
	if s.b[s.i] == '-' {
		s.i++
	}
	if s.i < len(s.b) && s.b[s.i] == '0' {
		s.i++
	} else if !s.digits() {
		return
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		if !s.digits() {
			return
		}
	}
	if s.i < len(s.b) && s.b[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		s.digits()
	}
}

func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	if s.i == start {
		s.unexpected("a digit")
		return false
	}
	return true
}

// unquote returns the string with text between its quotes. Surrogates without a partner
// become U+FFFD.
func unquote(text []byte, escaped bool) string {
	if !escaped {
		return string(text)
	}
	quoted := append(append([]byte{'"'}, text...), '"')
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		panic("envelope: the scanner took a string that isn't one: " + string(quoted))
	}
	return s
}

// falsy reports whether a JSON value is false in Python.
func falsy(value []byte) bool {
	switch value[0] {
	case 'n', 'f':
		return true
	case '"':
		return len(value) == 2
	case '[', '{':
		s := scanner{b: value, i: 1, depth: 1}
		c := s.space()
		return c == ']' || c == '}'
	case 't':
		return false
	}
	for _, c := range value { // a number
		if c == 'e' || c == 'E' {
			break
		}
		if c >= '1' && c <= '9' {
			return false
		}
	}
	return true
}
