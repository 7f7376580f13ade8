package validate

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// loud reports if a failure is the document's, so that it needs a message.
func (e *evaluation) loud() bool { return e.quiet == 0 && e.problem == nil }

// fail notes what is wrong with the value at a token. It returns false, the verdict. The
// pointer is added at the end, by run: most problems on the way are thrown away.
func (e *evaluation) fail(at int, expected, found string) bool {
	e.failedAt, e.seen = at, 2*e.tokens[at].end
	e.problem = &codec.Error{Offset: e.tokens[at].start, Expected: expected, Found: found}
	return false
}

// wrongKind is fail for a value that isn't of one of the kinds.
func (e *evaluation) wrongKind(kinds kind, at int) bool {
	e.fail(at, kindPhrase(kinds), e.describe(at))
	e.seen = 2 * e.tokens[at].start
	return false
}

// notConstant is fail for a value that isn't in the enum of s.
func (e *evaluation) notConstant(s *node, at int) bool {
	e.constant = len(s.enumTexts) == 1
	return e.fail(at, enumPhrase(s.enumTexts), e.describe(at))
}

// failWith is fail for what is more than one value being another than expected.
func (e *evaluation) failWith(at int, text string) bool {
	e.failedAt, e.seen = at, 2*e.tokens[at].end
	e.problem = &codec.Error{Offset: e.tokens[at].start, Problem: text}
	return false
}

// errNoVerdict is why a document gets no verdict if nothing else says it.
var errNoVerdict = errors.New("validate: no verdict")

// giveUp ends the evaluation without a verdict, however deep it is in branches.
func (e *evaluation) giveUp(at int, expected string) bool {
	e.gaveUp = true
	e.doc.GiveUp(errNoVerdict)
	return e.fail(at, expected, e.describe(at))
}

// syntaxError tells why the document isn't JSON.
func (d *document) syntaxError() *codec.Error {
	if d.bad.text != "" {
		return &codec.Error{Offset: d.bad.offset, Problem: d.bad.text}
	}
	found := "the end of the document"
	if rest := d.text[min(d.bad.offset, len(d.text)):]; rest != "" {
		r, size := utf8.DecodeRuneInString(rest)
		found = strconv.QuoteRune(r)
		if r == utf8.RuneError && size == 1 {
			found = "byte 0x" + strconv.FormatUint(uint64(rest[0]), 16)
		}
	}
	return &codec.Error{Offset: d.bad.offset, Expected: d.bad.expected, Found: found + " at offset " + strconv.Itoa(d.bad.offset)}
}

// pointer returns the JSON pointer from the value at a token to that at another, or to
// the value that the name at it names.
func (d *document) pointer(root, at int) string {
	var b strings.Builder
	for i := root; i < at; {
		t := &d.tokens[i]
		child, n := i+1, 0
		if t.kind == object {
			for d.tokens[child+1].next <= at {
				child = d.tokens[child+1].next
			}
			b.WriteByte('/')
			pointerEscapes.WriteString(&b, d.str(child))
			if child == at {
				break
			}
			i = child + 1
			continue
		}
		for d.tokens[child].next <= at {
			child = d.tokens[child].next
			n++
		}
		b.WriteByte('/')
		b.WriteString(strconv.Itoa(n))
		i = child
	}
	return b.String()
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// describe returns the value at a token for a message, in few words.
func (e *evaluation) describe(at int) string {
	switch k := e.tokens[at].kind; k {
	case array, object:
		return kindPhrase(k)
	case text:
		return strconv.Quote(shorten(e.str(at)))
	}
	return shorten(e.raw(at))
}

// shorten cuts s where it gets too long for a message.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	i := most
	for !utf8.RuneStart(s[i]) {
		i--
	}
	return s[:i] + "…"
}
