package codec

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An Error is one thing that is wrong with a document.
type Error struct {
	// Pointer is a JSON pointer to the value; "" is the whole document.
	Pointer string

	// Offset is where in the document the problem was seen, in bytes.
	Offset int

	// Problem says what is wrong, as in `missing property "id"`. If it is "",
	// Expected and Found do, as in "at most 64 characters" and "70".
	Problem         string
	Expected, Found string
}

// Error returns one line, such as
//
//	at /steps/2/name: expected at most 64 characters, found 70
func (e *Error) Error() string {
	if e.Pointer == "" {
		return e.Sentence()
	}
	return "at " + line(e.Pointer) + ": " + e.Sentence()
}

// Sentence returns what is wrong without where.
func (e *Error) Sentence() string {
	switch {
	case e.Problem != "":
		return e.Problem
	case e.Found == "":
		return "expected " + e.Expected
	}
	return "expected " + e.Expected + ", found " + e.Found
}

// EncodeError returns err, by which the encoding of a value ended, as an Error that says
// where. Written is what had been appended of the value.
func EncodeError(written []byte, err error) *Error {
	w := walk{data: written}
	w.to(len(written))
	if n := len(w.open); n > 0 && w.late { // behind a value, or at the beginning of an object
		w.open[n-1].named = false
	}
	return &Error{Pointer: w.pointer(), Offset: len(written), Problem: err.Error()}
}

// A problem is an Error before it is complete: what takes time is done when a caller asks
// for it.
type problem struct {
	at              int
	text            string
	expected, found string   // found "": the value at at
	below           string   // a pointer inside the value at at
	branches        []string // of a union, none of which fits
	nearest         *problem // why the one that came nearest didn't
	secret          bool
	quotes          bool // text may show the value
}

// maxProblems bounds what Problems tells.
const maxProblems = 1000

// report notes a problem with a value, behind which decoding can go on.
func (d *Decoder) report(p problem) {
	switch {
	case !d.all:
		d.stop(p)
	case p.at != d.bad && !d.failed:
		d.problems = append(d.problems, p)
		if len(d.problems) == maxProblems {
			d.giveUp()
		}
	}
}

// stop notes a problem behind which decoding can't go on.
func (d *Decoder) stop(p problem) {
	if !d.failed {
		d.problems = append(d.problems, p)
		d.giveUp()
	}
}

// giveUp makes every later call find the end of the document.
func (d *Decoder) giveUp() {
	d.failed = true
	d.pos = len(d.data)
	d.state = none
}

// syntax notes that the document isn't JSON.
func (d *Decoder) syntax(at int, want string) {
	d.stop(problem{at: at, expected: want})
}

// mistyped notes that the next value has the wrong type, and passes over it.
func (d *Decoder) mistyped(want string) {
	d.peek()
	at := d.pos
	if d.all {
		if d.Skip(); d.failed {
			return
		}
	} else if d.Type() == 0 {
		want = wantValue
	}
	d.last = at
	d.mistaken(want)
}

// mistaken notes that the scalar decoded last isn't what it should be. Checks
// of that value have nothing to add.
func (d *Decoder) mistaken(want string) {
	d.report(problem{at: d.last, expected: want})
	d.bad = d.last
}

// errors returns every problem in the order of the document.
func (d *Decoder) errors() []*Error {
	return d.render(d.problems)
}

// render makes Errors of problems, and sorts them by place.
func (d *Decoder) render(problems []problem) []*Error {
	errs := make([]*Error, len(problems))
	for i, p := range problems {
		errs[i] = d.error(p)
	}
	locate(d.data, errs)
	return errs
}

// error makes an Error of p whose pointer begins at the place of the problem.
func (d *Decoder) error(p problem) *Error {
	e := &Error{Pointer: p.below, Offset: p.at, Problem: p.text, Expected: p.expected, Found: p.found}
	switch {
	case p.branches != nil:
		e.Problem = "fits none of " + strings.Join(p.branches, ", ")
		why := p.nearest
		for why != nil && why.nearest != nil { // one union in another: the innermost reason
			why = why.nearest
		}
		if why != nil {
			inner := *why
			inner.secret = inner.secret || p.secret
			e.Problem += ": " + d.render([]problem{inner})[0].Error()
		}
	case p.quotes && p.secret:
		e.Problem = "a secret that its type doesn't accept"
	case p.text == "" && p.secret:
		e.Found = "a secret"
	case p.text == "" && p.found == "":
		e.Found = describe(d.data, p.at)
	}
	return e
}

// describe says in a few words what stands at i.
func describe(data []byte, i int) string {
	if i >= len(data) {
		return "the end of the document"
	}
	switch c := data[i]; {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		end, want := skipString(data, i+1)
		if want != "" {
			return "a string"
		}
		return quote(string(unescape(nil, data[i+1:end-1])))
	case c == '-' || c-'0' <= 9:
		end, want := skipNumber(data, i)
		if want != "" {
			return "a number"
		}
		return shorten(string(data[i:end]))
	}
	for _, s := range []string{"null", "true", "false"} {
		if end, want := skipLiteral(data, i, s); want == "" && end > 0 {
			return s
		}
	}
	r, _ := utf8.DecodeRune(data[i:])
	if r == utf8.RuneError {
		return "byte 0x" + strconv.FormatUint(uint64(data[i]), 16)
	}
	return strconv.QuoteRune(r)
}

// line returns a pointer in a form that fits a line.
func line(pointer string) string {
	pointer = shortenTo(pointer, 300)
	if strings.ContainsFunc(pointer, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(pointer)
	}
	return pointer
}

// quote quotes the beginning of s.
func quote(s string) string {
	return strconv.Quote(shorten(s))
}

// shorten cuts s where it gets too long for a message.
func shorten(s string) string { return shortenTo(s, 60) }

func shortenTo(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// MissingError returns the error of encoding a value whose required part of
// that name is nil.
func MissingError(name string) error {
	return errors.New("encoding property " + quote(name) + ": it's required, and nil")
}
