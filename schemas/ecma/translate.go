package ecma

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Translate returns source, a regular expression of ECMA-262, in the syntax of
// Go's regexp and with the same meaning. It changes only what the two write
// differently.
//
// If source is valid but Go's regexp can't express it, ok is false and err is nil.
// That is so for a pattern that looks ahead or behind, refers back to a group, or
// repeats something too often. If source isn't valid, err says why and where.
func Translate(source string) (re2 string, ok bool, err error) {
	n, err := Parse(source)
	if err != nil {
		return "", false, fmt.Errorf("pattern %q has %w", source, err)
	}
	var b strings.Builder
	if !translate(&b, n) {
		return "", false, nil
	}
	// Go's regexp has limits that the parser doesn't have: counts above 1000, deep
	// nesting, and repetitions that multiply.
	if _, err := regexp.Compile(b.String()); err != nil {
		return "", false, nil
	}
	return b.String(), true, nil
}

// translate appends n to b. It reports whether Go's regexp can express n.
func translate(b *strings.Builder, n *Node) bool {
	switch n.Op {
	case Empty:
	case Literal:
		writeRune(b, n.Rune, `\.+*?()|[]{}^$`, unicode.IsGraphic)
	case Class:
		writeClass(b, n)
	case Begin, End:
		if n.Multiline {
			return false // Go knows one line terminator, ECMA-262 four
		}
		b.WriteByte("^$"[n.Op-Begin])
	case Boundary:
		b.WriteString(map[bool]string{false: `\b`, true: `\B`}[n.Negated])
	case Group:
		return surround(b, "(", n.Subs[0], ")")
	case Cluster:
		return surround(b, n.Opening(), n.Subs[0], ")")
	case Look, Backref:
		return false
	case Repeat:
		return surround(b, "", n.Subs[0], quantifier(n))
	case Concat, Alternate:
		for i, sub := range n.Subs {
			if i > 0 && n.Op == Alternate {
				b.WriteByte('|')
			}
			if !translate(b, sub) {
				return false
			}
		}
	default:
		panic(fmt.Sprintf("ecma: no rule for operation %d", n.Op))
	}
	return true
}

func surround(b *strings.Builder, before string, n *Node, after string) bool {
	b.WriteString(before)
	ok := translate(b, n)
	b.WriteString(after)
	return ok
}

func quantifier(n *Node) string {
	var q string
	switch {
	case n.Min == 0 && n.Max == Unlimited:
		q = "*"
	case n.Min == 1 && n.Max == Unlimited:
		q = "+"
	case n.Min == 0 && n.Max == 1:
		q = "?"
	case n.Max == Unlimited:
		q = fmt.Sprintf("{%d,}", n.Min)
	case n.Min == n.Max:
		q = fmt.Sprintf("{%d}", n.Min)
	default:
		q = fmt.Sprintf("{%d,%d}", n.Min, n.Max)
	}
	if n.Lazy {
		q += "?"
	}
	return q
}

// writeClass appends a class, without brackets if one escape is enough.
func writeClass(b *strings.Builder, n *Node) {
	if len(n.Items) == 1 && n.Items[0].Set != nil && n.Items[0].Set.Escape != "" {
		writeEscape(b, n.Items[0].Set.Escape, n.Items[0].Negated != n.Negated)
		return
	}
	items, negated := n.Items, n.Negated
	switch {
	case everything(n):
		b.WriteString("(?s:.)")
		return
	case len(items) == 0: // Go has no empty class
		items, negated = []Item{{Lo: 0, Hi: unicode.MaxRune}}, true
	case len(items) == 1 && items[0].Negated: // [^ab] reads better than its complement
		items, negated = []Item{{Set: items[0].Set}}, !negated
	}
	b.WriteByte('[')
	if negated {
		b.WriteByte('^')
	}
	for i, it := range items {
		switch {
		case it.Set == nil && it.Lo == '-' && it.Hi == '-' && (i == 0 || i == len(items)-1):
			b.WriteByte('-')
		case it.Set == nil:
			writeRange(b, it.Lo, it.Hi, unicode.IsGraphic)
		case it.Set.Escape != "":
			writeEscape(b, it.Set.Escape, it.Negated)
		default:
			ranges := it.Ranges()
			for i := 0; i < len(ranges); i += 2 {
				writeRange(b, ranges[i], ranges[i+1], isASCII)
			}
		}
	}
	b.WriteByte(']')
}

// everything reports whether n is a class of all runes, such as [^] or [\s\S].
func everything(n *Node) bool {
	for i, it := range n.Items {
		for _, other := range n.Items[:i] {
			if !n.Negated && it.Set != nil && it.Set == other.Set && it.Negated != other.Negated {
				return true
			}
		}
	}
	return n.Negated && len(n.Items) == 0
}

// writeEscape appends an escape such as \d or \p{L}, in upper case if negated.
func writeEscape(b *strings.Builder, escape string, negated bool) {
	if negated {
		escape = `\` + strings.ToUpper(escape[1:2]) + escape[2:]
	}
	b.WriteString(escape)
}

// writeRange appends a range of a class.
func writeRange(b *strings.Builder, low, high rune, visible func(rune) bool) {
	const special = `\[]^-`
	writeRune(b, low, special, visible)
	if high > low+1 {
		b.WriteByte('-')
	}
	if high > low {
		writeRune(b, high, special, visible)
	}
}

// writeRune appends a rune: with a backslash if it is in special, as an escape if
// it isn't visible.
func writeRune(b *strings.Builder, r rune, special string, visible func(rune) bool) {
	switch {
	case strings.ContainsRune(special, r):
		b.WriteByte('\\')
		b.WriteRune(r)
	case '\t' <= r && r <= '\r':
		b.WriteByte('\\')
		b.WriteByte("tnvfr"[r-'\t'])
	case !visible(r) || r < ' ' || r > unicode.MaxASCII && unicode.In(r, unicode.Z, unicode.M):
		fmt.Fprintf(b, `\x{%x}`, r)
	default:
		b.WriteRune(r)
	}
}

func isASCII(r rune) bool { return r < unicode.MaxASCII }
