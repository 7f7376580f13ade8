package document

import (
	"strings"
	"unicode/utf8"
)

// Pretty returns n as JSON for people, without a final line feed: a value stands on
// one line if it fits, and else each member or item on a line of its own. It has
// neither a backtick nor a byte order mark, so that it can be a raw string in Go.
func (n *Node) Pretty() string {
	p := printer{lines: map[*Node]string{}}
	p.print(n, 0, 0)
	return rawString.Replace(p.out.String())
}

// prettyWidth is how long a line may be. Only one long text makes a line longer.
const prettyWidth = 100

var rawString = strings.NewReplacer("`", `\u0060`, "\ufeff", `\ufeff`)

// A printer writes one document.
type printer struct {
	out   strings.Builder
	lines map[*Node]string // see line
}

// print writes n, indented by depth, to a line of which some columns are in use.
func (p *printer) print(n *Node, depth, used int) {
	if line := p.line(n); line != "" && (used+utf8.RuneCountInString(line) < prettyWidth || len(n.Members)+len(n.Items) == 0) {
		p.out.WriteString(line)
		return
	}
	indent := strings.Repeat("  ", depth+1)
	begin, end, separator := "{\n", "}", ",\n"
	if n.Kind == Array {
		begin, end = "[\n", "]"
	}
	p.out.WriteString(begin)
	for i, item := range n.Items {
		if i > 0 {
			p.out.WriteString(separator)
		}
		p.out.WriteString(indent)
		p.print(item, depth+1, len(indent))
	}
	for i := range n.Members {
		if i > 0 {
			p.out.WriteString(separator)
		}
		name := string(appendString(nil, n.Members[i].Name)) + ": "
		p.out.WriteString(indent + name)
		p.print(n.Members[i].Value, depth+1, len(indent)+utf8.RuneCountInString(name))
	}
	p.out.WriteString("\n" + indent[2:] + end)
}

// line returns n on one line, or "" if it's too long for one and has parts.
func (p *printer) line(n *Node) string {
	if s, ok := p.lines[n]; ok {
		return s
	}
	s := ""
	switch n.Kind {
	case Array:
		s = "["
		for i, item := range n.Items {
			s = p.join(s, i, "", item)
		}
		s = closed(s, "]")
	case Object:
		s = "{"
		for i := range n.Members {
			s = p.join(s, i, string(appendString(nil, n.Members[i].Name))+": ", n.Members[i].Value)
		}
		s = closed(s, "}")
	default:
		s = string(n.appendJSON(nil, false))
	}
	p.lines[n] = s
	return s
}

// join returns a line with the next part, or "" if there's no room.
func (p *printer) join(line string, i int, name string, part *Node) string {
	text := p.line(part) // of each part, since they are printed apart if the line is too long
	if line == "" || text == "" || utf8.RuneCountInString(line)+utf8.RuneCountInString(text) > prettyWidth {
		return ""
	}
	if i > 0 {
		line += ", "
	}
	return line + name + text
}

// closed returns a line with its end, if there is one.
func closed(line, end string) string {
	if line == "" {
		return ""
	}
	return line + end
}
