// Package words cuts the texts of contracts into words, from which emitters make
// names: keys of definitions, properties, constants, actions.
package words

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Dictionary holds words that are written in one way only, such as "URL" and
// "IPv4", by their lower case. Each target language has its own; a nil one is
// empty.
type Dictionary map[string]string

// NewDictionary returns the dictionary of some words.
func NewDictionary(words ...string) Dictionary {
	d := Dictionary{}
	for _, w := range words {
		d[strings.ToLower(w)] = w
	}
	return d
}

// Split cuts text into words: at everything that is neither letter nor digit,
// and where the case says so, as in "repoURL" and "HTTPServer". A text
// without letters and digits is spelled, "<=" as LessOrEqual; so are a plus,
// the minus in front of a number, and the point inside of one.
func (d Dictionary) Split(text string) []string {
	var words []string
	d.each(text, func(w string, cased bool) { words = append(words, w) })
	return words
}

// each calls f with the words of text. They are cased if they come from a run of
// letters and digits of both cases, which says how to write them.
func (d Dictionary) each(text string, f func(word string, cased bool)) {
	if text == "" {
		f("Empty", false)
		return
	}
	if !strings.ContainsFunc(text, isWordRune) {
		for _, w := range Spell(text) {
			f(w, false)
		}
		return
	}
	runes := []rune(text)
	begin := 0
	cut := func(end int) {
		if end > begin {
			run := runes[begin:end]
			cased := slices.ContainsFunc(run, unicode.IsLower) && slices.ContainsFunc(run, unicode.IsUpper)
			for _, w := range d.caseWords(run) {
				f(w, cased)
			}
		}
		begin = end + 1
	}
	digitAt := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsDigit(runes[i]) }
	for i, r := range runes {
		if isWordRune(r) {
			continue
		}
		cut(i)
		switch {
		case r == '+':
			f("Plus", false)
		case r == '-' && i == 0 && digitAt(i+1):
			f("Minus", false)
		case r == '.' && digitAt(i-1) && digitAt(i+1):
			f("Point", false)
		}
	}
	cut(len(runes))
}

// caseWords cuts a run of letters and digits where the case changes. A run
// without lower case is one word, and so is a word of the dictionary.
func (d Dictionary) caseWords(run []rune) []string {
	whole := string(run)
	if _, ok := d[strings.ToLower(whole)]; ok {
		return []string{whole}
	}
	var words []string
	begin := 0
	for i := 1; i < len(run); i++ {
		afterLower := unicode.IsUpper(run[i]) && !unicode.IsUpper(run[i-1])
		lastUpper := unicode.IsUpper(run[i]) && i+1 < len(run) && unicode.IsLower(run[i+1]) && !pluralEnds(run, i)
		if afterLower || lastUpper {
			words = append(words, string(run[begin:i]))
			begin = i
		}
	}
	return append(words, string(run[begin:]))
}

// pluralEnds reports whether run[i] is the last capital of a plural such as
// the D in "repoIDs".
func pluralEnds(run []rune, i int) bool {
	return run[i+1] == 's' && (i+2 == len(run) || unicode.IsUpper(run[i+2]))
}

// Capital returns word, which mustn't be empty, as it's written inside a name:
// as the dictionary has it, else with a capital in front. A word without lower
// case is lowered first.
func (d Dictionary) Capital(word string) string {
	if w, ok := d[strings.ToLower(word)]; ok {
		return w
	}
	runes := []rune(word)
	if strings.IndexFunc(word, unicode.IsLower) < 0 {
		runes = []rune(strings.ToLower(word))
	}
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

// Pascal returns the name that texts make together, each word with a capital in
// front: ListBuildersRequest for "list_builders" and "request". Capitals stay in
// what is written in both cases, such as JSONRPCMessage. The name is "" for no
// text at all, and begins with a digit, or a letter without case, if the first
// text does.
func (d Dictionary) Pascal(texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		d.each(text, func(w string, cased bool) {
			if _, known := d[strings.ToLower(w)]; !known && cased {
				r, size := utf8.DecodeRuneInString(w)
				b.WriteString(string(unicode.ToUpper(r)) + w[size:])
				return
			}
			b.WriteString(d.Capital(w))
		})
	}
	return b.String()
}

// Path returns the parts of a text that is a path, from the outside in: a URL, a file
// in a folder, or three names and more with dots between them, such as
// io.k8s.api.core.v1.Pod. Endings such as .json aren't part of it. Path returns nil
// for any other text.
func Path(text string) []string {
	scheme, rest, url := strings.Cut(text, "://")
	if !url {
		rest = scheme
	}
	rest = strings.TrimRight(rest, "#/")
	file := false
	for _, ending := range []string{".json", ".yaml", ".yml", ".schema"} { // in this order: .schema.json
		var cut bool
		rest, cut = strings.CutSuffix(rest, ending)
		file = file || cut
	}
	isSeparator := func(r rune) bool { return r == '/' || r == '#' || r == '?' }
	if url || file && strings.ContainsRune(rest, '/') {
		if parts := strings.FieldsFunc(rest, isSeparator); len(parts) > 1 {
			return parts
		}
		return nil
	}
	parts := strings.Split(text, ".")
	if len(parts) < 3 {
		return nil
	}
	for _, part := range parts {
		inside := func(r rune) bool { return !isWordRune(r) && r != '_' && r != '-' }
		if first, _ := utf8.DecodeRuneInString(part); !unicode.IsLetter(first) || strings.ContainsFunc(part, inside) {
			return nil
		}
	}
	return parts
}
