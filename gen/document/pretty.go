package document

import (
	"strings"
	"unicode/utf8"
)

// Pretty returns n as JSON for people, without a final line feed: a value stands on
// one line if it fits, and else each member or item on a line of its own. It has
// neither a backtick nor a byte order mark, so that it can be a raw string in Go.
func (n *Node) Pretty() string {
	var b strings.Builder
	n.pretty(&b, 0, 0)
	return rawString.Replace(b.String())
}

// prettyWidth is how long a line may be. Only one long text makes a line longer.
const prettyWidth = 100

var rawString = strings.NewReplacer("`", `\u0060`, "\ufeff", `\ufeff`)

// pretty writes n, of which the line has used some columns, indented by depth.
func (n *Node) pretty(b *strings.Builder, depth, used int) {
	if line := n.inline(); used+utf8.RuneCountInString(line) < prettyWidth || len(n.Members)+len(n.Items) == 0 {
		b.WriteString(line)
		return
	}
	indent := strings.Repeat("  ", depth+1)
	if n.Kind == Array {
		b.WriteByte('[')
		for i, item := range n.Items {
			b.WriteString(separator(i) + indent)
			item.pretty(b, depth+1, len(indent))
		}
		b.WriteString("\n" + indent[2:] + "]")
		return
	}
	b.WriteByte('{')
	for i := range n.Members {
		name := string(appendString(nil, n.Members[i].Name)) + ": "
		b.WriteString(separator(i) + indent + name)
		n.Members[i].Value.pretty(b, depth+1, len(indent)+utf8.RuneCountInString(name))
	}
	b.WriteString("\n" + indent[2:] + "}")
}

func separator(i int) string {
	if i == 0 {
		return "\n"
	}
	return ",\n"
}

// inline returns n on one line, or a text that is too long for one.
func (n *Node) inline() string {
	var b strings.Builder
	n.line(&b)
	return b.String()
}

func (n *Node) line(b *strings.Builder) {
	switch {
	case n.Kind != Array && n.Kind != Object:
		b.Write(n.appendJSON(nil, false))
	case b.Len() > 4*prettyWidth:
		// It can't become short again.
	case n.Kind == Array:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteString(", ")
			}
			item.line(b)
		}
		b.WriteByte(']')
	default:
		b.WriteByte('{')
		for i := range n.Members {
			if i > 0 {
				b.WriteString(", ")
			}
			b.Write(appendString(nil, n.Members[i].Name))
			b.WriteString(": ")
			n.Members[i].Value.line(b)
		}
		b.WriteByte('}')
	}
}
