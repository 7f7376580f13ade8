package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Spell cuts text into words like Split, and names every sign in between. It
// tells apart what Split makes the same, such as "a-b" and "a_b".
func Spell(text string) []string {
	var words []string
	for text != "" {
		if end := strings.IndexFunc(text, isSign); end != 0 {
			if end < 0 {
				end = len(text)
			}
			words = append(words, text[:end])
			text = text[end:]
			continue
		}
		word, size := sign(text)
		words = append(words, word)
		text = text[size:]
	}
	return words
}

// sign returns the name of the sign that text begins with, and its length.
func sign(text string) (string, int) {
	for _, op := range operators {
		if strings.HasPrefix(text, op.text) {
			return op.name, len(op.text)
		}
	}
	r, size := utf8.DecodeRuneInString(text)
	if name, ok := symbols[r]; ok {
		return name, size
	}
	return fmt.Sprintf("U%04X", r), size
}

// symbols are the names of signs, for texts that hold nothing else.
var symbols = map[rune]string{
	' ': "Space", '!': "Not", '"': "Quote", '#': "Hash", '$': "Dollar", '%': "Percent", '&': "And",
	'\'': "Apostrophe", '(': "ParenOpen", ')': "ParenClose", '*': "Star", '+': "Plus", ',': "Comma",
	'-': "Minus", '.': "Dot", '/': "Slash", ':': "Colon", ';': "Semicolon", '<': "Less", '=': "Equal",
	'>': "Greater", '?': "Question", '@': "At", '[': "BracketOpen", '\\': "Backslash", ']': "BracketClose",
	'^': "Caret", '_': "Underscore", '`': "Backtick", '{': "BraceOpen", '|': "Or", '}': "BraceClose",
	'~': "Tilde", '\n': "Newline", '\t': "Tab", '\r': "Return",
}

// operators are signs that mean something else together.
var operators = []struct{ text, name string }{
	{"<=", "LessOrEqual"}, {">=", "GreaterOrEqual"}, {"!=", "NotEqual"}, {"==", "Equals"},
	{"&&", "AndAlso"}, {"||", "OrElse"}, {"->", "Arrow"}, {"...", "Ellipsis"},
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
func isSign(r rune) bool     { return !isWordRune(r) }
