package validate

import (
	"slices"
	"strconv"
	"strings"
)

// This file puts schemas into words, for messages.

// noValue is what a schema expects that nothing satisfies.
const noValue = "no value"

// maxAliases bounds how many references a message looks through.
const maxAliases = 8

// resolved returns what s refers to if it does nothing else.
func (s *node) resolved() *node {
	for range maxAliases {
		if s.ref == nil || s.isDynamic || s.kinds != 0 || s.enum != nil || s.composed() {
			break
		}
		s = s.ref
	}
	return s
}

// composed reports if s has keywords that hold schemas for the same value, apart
// from a reference.
func (s *node) composed() bool {
	return slices.ContainsFunc(s.said, func(k *keyword) bool { return k.check != nil && k.check.composed })
}

// phrase returns what s expects, as in "at least 3" or "a string". It is "" if
// that takes more than a few words.
func (s *node) phrase() string {
	s = s.resolved()
	if s.never {
		return noValue
	}
	var words []string
	for _, k := range s.said {
		if k.phrase == nil {
			return ""
		}
		if phrase := k.phrase(s); phrase != "" {
			words = append(words, phrase)
		}
	}
	switch {
	case len(s.enumTexts) > 5:
		return ""
	case s.enum != nil:
		return alternatives(s.enumTexts)
	case s.required != nil:
		return "an object with " + properties(s.required)
	case len(words) > 2:
		return ""
	case len(words) == 0:
		return kindPhrase(s.kinds)
	}
	return strings.Join(words, " and ")
}

// phrases are the kinds as messages name them, in the order of their bits.
var phrases = []string{"null", "a boolean", "a number", "a string", "an array", "an object", "an integer", "an integer without fraction and exponent"}

func kindPhrase(kinds kind) string {
	var words []string
	for i, phrase := range phrases {
		if kinds&(1<<i) != 0 {
			words = append(words, phrase)
		}
	}
	return alternatives(words)
}

func enumPhrase(texts []string) string {
	switch len(texts) {
	case 0:
		return noValue
	case 1:
		return texts[0]
	}
	return "one of " + strings.Join(texts, ", ")
}

// properties names properties, as in `properties "a" and "b"`.
func properties(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(shorten(name))
	}
	if len(names) == 1 {
		return "property " + quoted[0]
	}
	return "properties " + join(quoted, " and ")
}

// alternatives joins words as in "a, b or c".
func alternatives(words []string) string { return join(words, " or ") }

// join joins words with commas, and the last one with a word.
func join(words []string, word string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + word + words[last]
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
