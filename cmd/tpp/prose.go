package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// width is where prose is wrapped.
const width = 78

// heading begins a section.
func heading(b *bytes.Buffer, title string) {
	fmt.Fprintf(b, "\n%s:\n", title)
}

// paragraph writes text, wrapped and indented; its blank lines stay.
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

// table writes rows with aligned columns, indented by two.
func table(b *bytes.Buffer, rows func(row func(cells ...any))) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	rows(func(cells ...any) {
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

// deprecation writes why something is deprecated, if it is.
func deprecation(b *bytes.Buffer, indent, why string) {
	if why != "" {
		paragraph(b, indent, "Deprecated: "+why)
	}
}

// parenthesis returns remarks as they stand behind a line.
func parenthesis(remarks []string) string {
	if len(remarks) == 0 {
		return ""
	}
	return "  (" + strings.Join(remarks, ", ") + ")"
}

// firstSentence returns the beginning of text in one line, cut where it's too
// long for a table.
func firstSentence(text string) string {
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
