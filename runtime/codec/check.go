package codec

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/runtime/format"
	"github.com/tpp-rpc/tpp/runtime/internal/decimal"
)

// Length checks that s, which was decoded last, has from min to max code
// points; a negative max is no limit.
func (d *Decoder) Length(s string, min, max int) {
	// A code point has up to four bytes, so most lengths need no counting.
	if min > (len(s)+3)/4 || uint(len(s)) > uint(max) {
		d.length(s, min, max)
	}
}

//go:noinline
func (d *Decoder) length(s string, min, max int) {
	d.size(d.last, runes(s), min, max, " character", " characters")
}

// Items checks that the array that began at at has from min to max elements,
// of which there are n; a negative max is no limit.
func (d *Decoder) Items(at, n, min, max int) { d.size(at, n, min, max, " item", " items") }

// Properties checks that the object that began at at has from min to max
// members, of which there are n; a negative max is no limit.
func (d *Decoder) Properties(at, n, min, max int) {
	d.size(at, n, min, max, " property", " properties")
}

// size checks a size; one and many are what it counts.
func (d *Decoder) size(at, n, min, max int, one, many string) {
	want, bound := "at least ", min
	switch {
	case n < min:
	case max >= 0 && n > max:
		want, bound = "at most ", max
	default:
		return
	}
	if bound != 1 {
		one = many
	}
	d.report(problem{at: at, expected: want + strconv.Itoa(bound) + one, found: strconv.Itoa(n)})
}

// Match checks that s, which was decoded last, matches the regular expression m. If m has
// a method String, errors name it by that. If it has a method Match as that of a Pattern,
// it's called instead of MatchString; the document is refused if there's no verdict.
func (d *Decoder) Match(s string, m interface{ MatchString(s string) bool }) {
	if d.failed || d.matches(s, m) {
		return
	}
	name := "a pattern"
	if m, ok := m.(fmt.Stringer); ok {
		name = m.String()
	}
	if d.doc.err != nil {
		d.stop(problem{at: d.last, expected: "a string that " + name + " can judge in time"})
		return
	}
	d.Fail(d.last, "a match of "+name)
}

func (d *Decoder) matches(s string, m interface{ MatchString(s string) bool }) bool {
	var ok bool
	switch m := m.(type) {
	case *Pattern:
		ok, _ = m.Match(&d.doc, s)
	case interface {
		Match(doc *Document, s string) (bool, error)
	}:
		ok, _ = m.Match(&d.doc, s)
	default:
		ok = m.MatchString(s)
	}
	return ok && d.doc.err == nil
}

// Format checks that s, which was decoded last, has a format of JSON Schema.
func (d *Decoder) Format(s, name string) {
	if !d.failed && !format.Valid(name, s) {
		d.Fail(d.last, format.Phrase(name))
	}
}

// Expect reports that the scalar decoded last isn't what is expected, such as "at
// least 1", unless ok.
func (d *Decoder) Expect(ok bool, expected string) {
	if !ok {
		d.unmet(expected)
	}
}

// unmet isn't inlined, so that Expect is.
//
//go:noinline
func (d *Decoder) unmet(expected string) { d.Fail(d.last, expected) }

// CompareFloat compares the number decoded last, rounded to f, with a bound: it
// returns -1, 0 or 1. It is exact. Rounding keeps the order of numbers, so only one
// that was rounded to the bound itself has to be compared digit by digit.
func (d *Decoder) CompareFloat(f, bound float64) int {
	if f < bound {
		return -1
	}
	if f > bound {
		return 1
	}
	return d.Compare(exactly(bound))
}

// exactly returns every digit of f.
func exactly(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	// No float64 has more than 767 significant digits.
	return strconv.FormatFloat(f, 'e', 766, 64)
}

// Compare compares the number decoded last with a bound, which is the text of one:
// it returns -1, 0 or 1. Both may be of any size.
func (d *Decoder) Compare(bound string) int { return decimal.Compare(d.token(), bound) }

// MultipleOf tells whether the number decoded last is a multiple of another, which is
// the text of one that isn't zero.
func (d *Decoder) MultipleOf(of string) bool { return decimal.MultipleOf(d.token(), of) }

// Enum reports that the string decoded last is none of names.
func (d *Decoder) Enum(names ...string) {
	quoted := make([]string, len(names))
	for i, s := range names {
		quoted[i] = strconv.Quote(s)
	}
	d.Fail(d.last, oneOf(quoted))
}

// oneOf says which texts a value may have.
func oneOf(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	return "one of " + strings.Join(texts, ", ")
}

// Check checks the value that began at at and ended just now by a rule. Its Check gets one
// valid JSON value and returns nil if that passes; the pointer of an *[Error] is relative
// to the value. If it has a method CheckIn, as in
//
//	CheckIn(doc *Document, data []byte, from, to int) error
//
// that is called instead, for the value in data[from:to].
func (d *Decoder) Check(at int, r interface{ Check(doc []byte) error }) {
	if d.failed || at == d.bad {
		return
	}
	var err error
	if in, ok := r.(interface {
		CheckIn(doc *Document, data []byte, from, to int) error
	}); ok {
		err = in.CheckIn(&d.doc, d.data, at, d.pos)
	} else {
		err = r.Check(d.data[at:d.pos])
	}
	if err == nil {
		return
	}
	p := problem{at: at, text: err.Error()}
	var e *Error
	if errors.As(err, &e) {
		p.text, p.expected, p.found, p.below = e.Problem, e.Expected, e.Found, e.Pointer
	}
	if d.doc.err != nil {
		d.stop(p)
		return
	}
	d.report(p)
}

// CheckSecret is Check for a value that holds a secret, which an error mustn't
// show.
func (d *Decoder) CheckSecret(at int, r interface{ Check(doc []byte) error }) {
	before := len(d.problems)
	d.Check(at, r)
	for i := range d.problems[before:] {
		d.problems[before+i].secret = true
	}
}

// Fail reports that the value that begins at at isn't what is expected.
func (d *Decoder) Fail(at int, expected string) {
	d.report(problem{at: at, expected: expected})
}

// Secret says that the value that began at at and ended just now is secret, so
// that no error shows any of it.
func (d *Decoder) Secret(at int) {
	for i := len(d.problems) - 1; i >= 0; i-- {
		if p := &d.problems[i]; p.at >= at {
			p.secret = true
		}
	}
}

// runes counts the code points of s. Half a surrogate pair is one as well.
func runes(s string) int {
	n := 0
	for i := range len(s) {
		if s[i]&0xC0 != 0x80 {
			n++
		}
	}
	return n
}
