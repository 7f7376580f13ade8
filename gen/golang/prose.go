package golang

// This file makes Go comments of the descriptions that authors write.

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// explained returns doc as a comment of the constant or variable name, which a
// colon parts from it: whether "The ticket isn't paid." is what it is, or what
// it's for, can't be told.
func explained(name, doc string) string {
	return name + ": " + sentence(lowerFirst(doc))
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
	return explained(name, doc)
}

// repeats tells whether doc says no more than the end of name does, as the
// title "cash" of MeansCash.
func repeats(name, doc string) bool {
	return strings.HasSuffix(strings.ToLower(name), strings.ToLower(pascal(strings.TrimSuffix(doc, "."))))
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
