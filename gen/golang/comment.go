package golang

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// width is where lines of comments end.
const width = 77

// comment returns text as line comments, wrapped for a line that's indented
// by that many tabs. Blank lines part paragraphs; lines that are indented or
// begin a list stay lines.
func comment(text string, tabs int) string {
	var b strings.Builder
	limit := width - 3 - 8*tabs
	for i, p := range paragraphs(text) {
		if i > 0 {
			b.WriteString("//\n")
		}
		for _, line := range wrap(p, limit) {
			b.WriteString("// " + line + "\n")
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

// opening returns doc as a comment of name, which it begins with: "A build."
// becomes "Build is a build.", and of a method "Lists them." becomes "List
// lists them."
func opening(name, doc string) string {
	first, rest, _ := strings.Cut(doc, " ")
	lower := strings.ToLower(first)
	switch {
	case strings.EqualFold(strings.TrimRight(first, ",:"), name):
		return sentence(name + first[len(strings.TrimRight(first, ",:")):] + " " + rest)
	case articles[lower]:
		subject, predicate, _ := strings.Cut(rest, " ")
		if strings.EqualFold(subject, name) && isSentence(rest) {
			return sentence(name + " " + predicate)
		}
		if !isSentence(rest) {
			return sentence(name + " is " + lower + " " + rest)
		}
	case pronouns[lower]:
		return sentence(name + " is " + lower + " " + rest)
	case lower == "whether":
		return sentence(name + " tells whether " + rest)
	case isVerb(first):
		return sentence(name + " " + lower + " " + rest)
	}
	return name + ": " + sentence(lowerFirst(doc))
}

// articles and pronouns are words that begin what something is.
var (
	articles = map[string]bool{"a": true, "an": true, "the": true, "one": true, "any": true, "all": true}
	pronouns = map[string]bool{"what": true, "how": true, "where": true, "who": true, "when": true}
)

// isSentence guesses whether what follows an article is a whole sentence: it
// has a verb that isn't part of a clause.
func isSentence(rest string) bool {
	for word := range strings.FieldsSeq(rest) {
		switch strings.ToLower(word) {
		case "is", "are", "has", "have", "can", "must", "may", "will":
			return true
		case "that", "which", "who", "what", "where", "when", "if", "whose", "as", "it":
			return false
		}
		if strings.HasSuffix(word, ".") || strings.HasSuffix(word, ":") || strings.HasSuffix(word, ",") || strings.HasSuffix(word, ";") {
			return false
		}
	}
	return false
}

// verbEnds are the endings of words that look like a verb in the third person
// and aren't.
var verbEnds = []string{"ss", "us", "is", "ings", "ions", "ers", "ors", "ents", "ies"}

// isVerb guesses whether a description that begins with word tells what
// something does, as "Lists the builders" does.
func isVerb(word string) bool {
	r, size := utf8.DecodeRuneInString(word)
	if len(word) < 4 || !strings.HasSuffix(word, "s") || !unicode.IsUpper(r) ||
		strings.ContainsFunc(word[size:], func(r rune) bool { return !unicode.IsLower(r) }) {
		return false
	}
	for _, end := range verbEnds {
		if strings.HasSuffix(word, end) {
			return false
		}
	}
	return true
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

// sentence ends text with a period unless it ends like a sentence.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, ":") {
		return text
	}
	return text + "."
}

// noteUses notes for every type where it's used first, for the comments of
// those that have no description.
func (e *emitter) noteUses() {
	note := func(t *model.Type, use string) {
		for t.Kind == model.Nullable && e.n.typ[t] == "" {
			t = t.Elem
		}
		if _, ok := e.uses[t]; !ok {
			e.uses[t] = use
		}
	}
	if s := e.c.Service; s != nil {
		for _, a := range s.Actions {
			what := "the response of "
			if a.Stream != nil {
				what = "an item that answers "
			}
			note(a.Request, "the request of "+a.Name)
			note(a.Response, what+a.Name)
		}
		if s.Envelope != nil {
			note(s.Envelope, "the keys that requests carry beside token, action and body")
		}
	}
	if s := e.c.Service; s == nil && len(e.c.Types) > 0 {
		note(e.c.Types[0], "what "+e.c.Source+" describes")
	}
	for _, t := range e.n.types {
		e.noteParts(t, e.n.typ[t], note)
	}
}

// noteParts notes what the types inside of t are for owner.
func (e *emitter) noteParts(t *model.Type, owner string, note func(*model.Type, string)) {
	inside := func(part *model.Type, use string) {
		note(part, use)
		if e.n.typ[part] == "" {
			e.noteParts(part, owner, note)
		}
	}
	for _, f := range t.Fields {
		what := "the property " + f.Name + " of "
		if part := f.Type; part.Kind == model.List && e.n.typ[part] == "" {
			inside(part.Elem, "an item of "+f.Name+" in "+owner)
			continue
		} else if part.Kind == model.Map && e.n.typ[part] == "" {
			inside(part.Elem, "a value of "+f.Name+" in "+owner)
			continue
		}
		inside(f.Type, what+owner)
	}
	for _, b := range t.Branches {
		inside(b.Type, "one form of "+owner)
	}
	for _, part := range t.Prefix {
		inside(part, "an item of "+owner)
	}
	if t.Elem != nil {
		switch t.Kind {
		case model.Map:
			inside(t.Elem, "a value of "+owner)
		case model.Nullable:
			inside(t.Elem, "what "+owner+" holds unless it's null")
		default:
			inside(t.Elem, "an item of "+owner)
		}
	}
	if t.Open != nil {
		inside(t.Open, "a further property of "+owner)
	}
}

// typeDoc is the comment of the type t. The sentences, if any, are about the
// representation and follow the description.
func (e *emitter) typeDoc(t *model.Type, sentences ...string) jen.Code {
	name := e.n.typ[t]
	text := name + " is " + e.uses[t] + "."
	if e.uses[t] == "" {
		text = name + " is declared in " + e.c.Source + "."
	}
	if doc := strings.TrimSpace(t.Doc); doc != "" {
		text = opening(name, doc)
	}
	if t.Secret {
		sentences = append(sentences, "It's secret: keep it out of logs.")
	}
	if len(sentences) > 0 {
		text += " " + strings.Join(sentences, " ")
	}
	return jen.Comment(comment(text+deprecation(t.Deprecated), 0))
}
