package validate

import (
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/runtime/format"
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
	return s.allOf != nil || s.anyOf != nil || s.oneOf != nil || s.not != nil || s.test != nil
}

// phrase returns what s expects, as in "at least 3" or "a string". It is "" if
// that takes more than a few words.
func (s *node) phrase() string {
	s = s.resolved()
	switch {
	case s.never:
		return noValue
	case s.ref != nil || s.composed() || s.describesItems() || s.describesMembers():
		return ""
	case s.enum != nil:
		if len(s.enumTexts) > 5 {
			return ""
		}
		return alternatives(s.enumTexts)
	case s.required != nil:
		return "an object with " + properties(s.required)
	}
	words := s.bounds()
	switch {
	case len(words) > 2:
		return ""
	case len(words) == 0:
		return kindPhrase(s.kinds)
	}
	return strings.Join(words, " and ")
}

// describesItems reports if s says more of an array than how long it is.
func (s *node) describesItems() bool {
	return s.prefix != nil || s.items != nil || s.contains != nil || s.unevaluatedItems != nil || s.unique
}

// describesMembers reports if s says more of an object than which properties
// it has.
func (s *node) describesMembers() bool {
	return len(s.members) > len(s.required) || s.patterns != nil || s.additional != nil || s.names != nil ||
		s.dependentRequired != nil || s.dependentSchemas != nil || s.unevaluatedProperties != nil ||
		s.minProperties >= 0 || s.maxProperties >= 0 || s.hasMemberSchemas()
}

func (s *node) hasMemberSchemas() bool {
	for _, m := range s.members {
		if m.schema != nil {
			return true
		}
	}
	return false
}

// bounds returns a phrase for each keyword that bounds a scalar or a length.
func (s *node) bounds() []string {
	var words []string
	add := func(there bool, phrase string) {
		if there {
			words = append(words, phrase)
		}
	}
	add(s.minimum != "", "at least "+s.minimum)
	add(s.over != "", "more than "+s.over)
	add(s.maximum != "", "at most "+s.maximum)
	add(s.under != "", "less than "+s.under)
	add(s.multipleOf != "", "a multiple of "+s.multipleOf)
	add(s.minLength >= 0, "at least "+plural(s.minLength, "character", "characters"))
	add(s.maxLength >= 0, "at most "+plural(s.maxLength, "character", "characters"))
	if s.pattern != nil {
		add(true, "a match of "+s.pattern.source)
	}
	add(s.format != "", format.Phrase(s.format))
	add(s.encoding != "", "bytes in base64")
	add(s.media != "", "a string that holds JSON")
	add(s.minItems >= 0, "at least "+plural(s.minItems, "item", "items"))
	add(s.maxItems >= 0, "at most "+plural(s.maxItems, "item", "items"))
	return words
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
