package ecma

import (
	"fmt"
	"strings"

	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// translate returns a pattern in the syntax of regexp2, which is that of .NET.
// Its option for ECMAScript isn't used, since it means an old edition without
// Unicode, named groups and looking behind.
func translate(n *ecma.Node) string {
	p := printer{referred: map[int]bool{}}
	p.findReferred(n)
	p.print(n)
	return p.b.String()
}

type printer struct {
	b        strings.Builder
	referred map[int]bool // the groups that something refers back to
}

func (p *printer) findReferred(n *ecma.Node) {
	for _, g := range n.Groups {
		p.referred[g] = true
	}
	for _, sub := range n.Subs {
		p.findReferred(sub)
	}
}

// What the word boundary and line anchors of ECMA-262 are in .NET, which has
// others or takes more characters for words.
const (
	wordChar = `[0-9A-Za-z_]`
	noBreak  = `[^\n\r\u2028\u2029]`
)

func (p *printer) print(n *ecma.Node) {
	switch n.Op {
	case ecma.Empty:
	case ecma.Literal:
		p.rune(n.Rune)
	case ecma.Class:
		p.class(n)
	case ecma.Begin:
		p.b.WriteString(map[bool]string{false: `\A`, true: `(?<!` + noBreak + `)`}[n.Multiline])
	case ecma.End:
		p.b.WriteString(map[bool]string{false: `\z`, true: `(?!` + noBreak + `)`}[n.Multiline])
	case ecma.Boundary:
		p.boundary(n.Negated)
	case ecma.Group:
		p.group(n)
	case ecma.Cluster:
		p.surround(n.Opening(), n, ")")
	case ecma.Look:
		p.surround("(?"+map[bool]string{true: "<"}[n.Behind]+map[bool]string{false: "=", true: "!"}[n.Negated], n, ")")
	case ecma.Backref:
		p.backref(n)
	case ecma.Repeat:
		p.repeat(n)
	case ecma.Concat, ecma.Alternate:
		for i, sub := range n.Subs {
			if i > 0 && n.Op == ecma.Alternate {
				p.b.WriteByte('|')
			}
			p.print(sub)
		}
	default:
		panic(fmt.Sprintf("ecma: no rule for operation %d", n.Op))
	}
}

func (p *printer) surround(before string, n *ecma.Node, after string) {
	p.b.WriteString(before)
	p.print(n.Subs[0])
	p.b.WriteString(after)
}

// group numbers a group as ECMA-262 does. .NET counts named ones last.
func (p *printer) group(n *ecma.Node) {
	if !p.referred[n.Index] {
		p.surround("(?:", n, ")")
		return
	}
	p.surround(fmt.Sprintf("(?<%d>", n.Index), n, ")")
}

// backref writes references that match the empty string if their group hasn't
// matched. In .NET they'd fail.
func (p *printer) backref(n *ecma.Node) {
	p.b.WriteString("(?:")
	for _, g := range n.Groups {
		fmt.Fprintf(&p.b, `(?(%d)\k<%d>)`, g, g)
	}
	p.b.WriteByte(')')
}

// repeat writes a repetition. Each round begins with the groups inside of it
// unmatched, so what an earlier round left is taken off.
func (p *printer) repeat(n *ecma.Node) {
	var inside []int
	p.groupsIn(n.Subs[0], &inside)
	if len(inside) == 0 {
		p.surround("(?:", n, ")")
	} else {
		p.b.WriteString("(?:")
		for _, g := range inside {
			fmt.Fprintf(&p.b, `(?(%d)(?<-%d>))`, g, g)
		}
		p.surround("", n, ")")
	}
	if n.Max == ecma.Unlimited {
		fmt.Fprintf(&p.b, "{%d,}", n.Min)
	} else {
		fmt.Fprintf(&p.b, "{%d,%d}", n.Min, n.Max)
	}
	if n.Lazy {
		p.b.WriteByte('?')
	}
}

// groupsIn adds the groups in n that something refers back to.
func (p *printer) groupsIn(n *ecma.Node, groups *[]int) {
	if n.Op == ecma.Group && p.referred[n.Index] {
		*groups = append(*groups, n.Index)
	}
	for _, sub := range n.Subs {
		p.groupsIn(sub, groups)
	}
}

// boundary writes \b or \B.
func (p *printer) boundary(negated bool) {
	const before, notBefore, after, notAfter = "(?<=" + wordChar + ")", "(?<!" + wordChar + ")", "(?=" + wordChar + ")", "(?!" + wordChar + ")"
	if negated {
		p.b.WriteString("(?:" + before + after + "|" + notBefore + notAfter + ")")
		return
	}
	p.b.WriteString("(?:" + before + notAfter + "|" + notBefore + after + ")")
}

func (p *printer) class(n *ecma.Node) {
	if len(n.Items) == 0 {
		p.b.WriteString(map[bool]string{false: `(?!)`, true: `[\s\S]`}[n.Negated])
		return
	}
	p.b.WriteByte('[')
	if n.Negated {
		p.b.WriteByte('^')
	}
	for _, it := range n.Items {
		if it.Set != nil && strings.HasPrefix(it.Set.Escape, `\p`) {
			p.b.WriteString(map[bool]string{false: `\p`, true: `\P`}[it.Negated] + it.Set.Escape[2:])
			continue
		}
		ranges := it.Ranges()
		for i := 0; i < len(ranges); i += 2 {
			p.rune(ranges[i])
			p.b.WriteByte('-')
			p.rune(ranges[i+1])
		}
	}
	p.b.WriteByte(']')
}

// rune writes a rune so that it stands for itself, in classes too.
func (p *printer) rune(r rune) {
	switch {
	case r >= 0x10000:
		p.b.WriteRune(r)
	case r > '~' || r <= ' ' || strings.ContainsRune(`\*+?|{}[]()^$.#-&~`, r):
		fmt.Fprintf(&p.b, `\u%04x`, r)
	default:
		p.b.WriteRune(r)
	}
}
