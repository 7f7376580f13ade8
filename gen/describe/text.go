package describe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// width is where prose is wrapped.
const width = 78

// page returns what b holds, without an empty first line.
func page(b *bytes.Buffer) string { return strings.TrimLeft(b.String(), "\n") }

// join joins the words that aren't empty.
func join(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// heading begins a section.
func heading(b *bytes.Buffer, title string) {
	fmt.Fprintf(b, "\n%s:\n", title)
}

// paragraph writes text wrapped and indented, and keeps its blank lines.
func paragraph(b *bytes.Buffer, indent, text string) {
	if text == "" {
		return
	}
	for i, part := range strings.Split(text, "\n\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		column := 0
		for _, word := range strings.Fields(part) {
			n := utf8.RuneCountInString(word)
			switch {
			case column == 0:
				b.WriteString(indent)
				column = len(indent)
			case column+1+n > width:
				b.WriteString("\n" + indent)
				column = len(indent)
			default:
				b.WriteByte(' ')
				column++
			}
			b.WriteString(word)
			column += n
		}
		b.WriteByte('\n')
	}
}

// table writes rows with aligned columns, indented by two. The last cell of a
// row may be empty.
func table(b *bytes.Buffer, rows func(row func(cells ...any))) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	rows(func(cells ...any) {
		if cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		for i, c := range cells {
			sep := "\t"
			if i == 0 {
				sep = "  "
			}
			fmt.Fprint(w, sep, c)
		}
		fmt.Fprintln(w)
	})
	w.Flush()
}

// deprecation says why something is deprecated, if it is.
func deprecation(b *bytes.Buffer, indent, why string) {
	if why != "" {
		paragraph(b, indent, "Deprecated: "+why)
	}
}

// parenthesis returns remarks as they follow a line.
func parenthesis(remarks []string) string {
	if len(remarks) == 0 {
		return ""
	}
	return "  (" + strings.Join(remarks, ", ") + ")"
}

// FirstSentence returns the first sentence of text on one line, cut where it's
// too long for a table.
func FirstSentence(text string) string {
	const most = 90
	text = strings.Join(strings.Fields(text), " ")
	if i := strings.Index(text, ". "); i >= 0 {
		text = text[:i+1]
	}
	if runes := []rune(text); len(runes) > most {
		text = strings.TrimRight(string(runes[:most]), " ,:;") + "…"
	}
	return text
}

// Indent returns a JSON text on several lines.
func Indent(text []byte) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		panic(fmt.Sprintf("describe: a skeleton that isn't JSON: %v: %s", err, text))
	}
	return b.Bytes()
}
