package golang

// This file makes Go comments of the descriptions that authors write, in their
// own words.

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"
)

// width is where lines of comments end.
const width = 77

// keptSpace stands for a space where a line must not be broken.
const keptSpace = "\x00"

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
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), keptSpace, " ")
}

// paragraphs splits text at blank lines and in front of the items of lists.
func paragraphs(text string) []string {
	var list []string
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != rune(keptSpace[0]) {
			return -1 // a terminal may act on it
		}
		return r
	}, strings.TrimSpace(text))
	for block := range strings.SplitSeq(text, "\n\n") {
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

// docComment is the comment of a declaration: its description, or what else is
// known of it.
func docComment(doc, otherwise, deprecated string) jen.Code {
	return jen.Comment(comment(describedAs(doc, otherwise)+deprecation(deprecated), 0))
}

// describedAs returns doc as a sentence, or otherwise if it's empty.
func describedAs(doc, otherwise string) string {
	if doc = strings.TrimSpace(doc); doc != "" {
		return sentence(doc)
	}
	return otherwise
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

// repeats reports whether doc says no more than the end of name does, as the
// title "cash" of MeansCash.
func repeats(name, doc string) bool {
	return strings.HasSuffix(strings.ToLower(name), strings.ToLower(pascal(strings.TrimSuffix(doc, "."))))
}

// lowerFirst returns text with a small letter in front, unless the first word
// is an initialism or a name in capitals.
func lowerFirst(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if word == "" {
		return text
	}
	r, size := utf8.DecodeRuneInString(word)
	if strings.ContainsFunc(word[size:], unicode.IsUpper) {
		return text
	}
	return string(unicode.ToLower(r)) + text[size:]
}

// sentence ends text with a period unless it ends like a sentence, or with a
// list.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if isItem(text[strings.LastIndexByte(text, '\n')+1:]) {
		return text
	}
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, ":") {
		return text
	}
	return text + "."
}
