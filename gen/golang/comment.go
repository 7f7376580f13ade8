package golang

import (
	"strings"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"
)

// width is where lines of comments end.
const width = 77

// comment returns text as line comments, wrapped for a line that's indented
// by that many tabs. Blank lines part paragraphs; a list becomes one as gofmt
// writes it.
func comment(text string, tabs int) string {
	var b strings.Builder
	limit := width - 3 - 8*tabs
	inList := false
	for i, p := range paragraphs(text) {
		begin, indent := "", ""
		if isItem(p) {
			begin, indent = "  - ", "    "
			p = p[len("- "):]
		}
		if i > 0 && !(inList && begin != "") {
			b.WriteString("//\n")
		}
		inList = begin != ""
		for _, line := range wrap(p, limit-len(begin)) {
			b.WriteString("// " + begin + line + "\n")
			begin = indent
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// paragraphs splits text at blank lines and in front of the items of lists.
func paragraphs(text string) []string {
	var list []string
	for block := range strings.SplitSeq(strings.ReplaceAll(strings.TrimSpace(text), "\r", ""), "\n\n") {
		var p []string
		for line := range strings.SplitSeq(block, "\n") {
			line = strings.TrimSpace(line)
			if isItem(line) && len(p) > 0 {
				list = append(list, strings.Join(p, " "))
				p = nil
			}
			if line != "" {
				p = append(p, line)
			}
		}
		if len(p) > 0 {
			list = append(list, strings.Join(p, " "))
		}
	}
	return list
}

func isItem(line string) bool {
	return strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ")
}

// wrap breaks p into lines of at most limit characters, where there are
// blanks to do so.
func wrap(p string, limit int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(p) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= limit:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// docComment is the comment of a declaration.
func docComment(name, doc, otherwise, deprecated string) jen.Code {
	text := otherwise
	if strings.TrimSpace(doc) != "" {
		text = opening(name, strings.TrimSpace(doc))
	}
	return jen.Comment(comment(text+deprecation(deprecated), 0))
}

// fieldComment is the comment of a field, or nil if there's nothing to say.
func fieldComment(doc, deprecated string) jen.Code {
	text := strings.TrimSpace(doc)
	if text != "" {
		text = sentence(text)
	}
	if text += deprecation(deprecated); text == "" {
		return nil
	}
	return jen.Comment(comment(text, 1))
}

func deprecation(why string) string {
	if why == "" {
		return ""
	}
	return "\n\nDeprecated: " + sentence(why)
}
