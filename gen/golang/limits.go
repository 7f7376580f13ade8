package golang

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/tpp-rpc/tpp/gen/model"
)

// limits says in sentences what is asked of a t beyond its Go type.
func limits(t *model.Type) []string {
	c := &t.Checks
	var list []string
	say := func(s string) {
		if s != "" {
			list = append(list, strings.ToUpper(s[:1])+s[1:]+".")
		}
	}
	switch t.Kind {
	case model.String:
		say(size(c.MinLength, c.MaxLength, "character", "characters"))
		if c.Pattern != nil {
			say(matches(c.Pattern.Source))
		}
		if c.Format != "" {
			say("format " + c.Format)
		}
	case model.Int, model.Uint, model.Float, model.Number, model.Integer:
		say(interval(c))
		if t.Narrow {
			say("what 64 bits don't hold is refused")
		}
		if c.MultipleOf != "" {
			say("a multiple of " + c.MultipleOf)
		}
	case model.List, model.Tuple:
		say(size(c.MinItems, c.MaxItems, "item", "items"))
		if c.UniqueItems {
			say("no two items are equal")
		}
	case model.Map, model.Struct:
		say(size(c.MinProperties, c.MaxProperties, "property", "properties"))
	}
	return list
}

// placeLimits is limits for a place that holds a t, whose type says the rest if it
// has a name.
func (e *emitter) placeLimits(t *model.Type) []string {
	if e.n.typ[t] != "" || t.Import[lang] != "" {
		return nil
	}
	list := limits(t)
	switch t.Kind {
	case model.Nullable:
		return e.placeLimits(t.Elem)
	case model.List:
		list = append(list, ofEach("Each item: ", e.placeLimits(t.Elem))...)
	case model.Map:
		list = append(list, ofEach("Each value: ", e.placeLimits(t.Elem))...)
	}
	return list
}

// ofEach joins sentences about the elements of a list or map.
func ofEach(what string, sentences []string) []string {
	if len(sentences) == 0 {
		return nil
	}
	for i, s := range sentences {
		sentences[i] = lowerFirst(strings.TrimSuffix(s, "."))
	}
	return []string{what + strings.Join(sentences, "; ") + "."}
}

// size returns how many there are to be of something, such as "1 to 64
// characters".
func size(min, max *int, one, many string) string {
	unit := func(n int) string {
		if n == 1 {
			return "1 " + one
		}
		return strconv.Itoa(n) + " " + many
	}
	switch {
	case min != nil && *min == 0 && max == nil, min == nil && max == nil:
		return ""
	case max != nil && *max == 0:
		return "no " + many
	case max == nil:
		return "at least " + unit(*min)
	case min == nil || *min == 0:
		return "at most " + unit(*max)
	case *min == *max:
		return "exactly " + unit(*min)
	}
	return strconv.Itoa(*min) + " to " + unit(*max)
}

// interval returns which numbers are allowed, such as "1 to 65535".
func interval(c *model.Checks) string {
	if c.Minimum != "" && c.Maximum != "" && c.ExclusiveMinimum == "" && c.ExclusiveMaximum == "" {
		return c.Minimum + " to " + c.Maximum
	}
	var list []string
	for _, b := range []struct{ words, bound string }{
		{"at least ", c.Minimum}, {"more than ", c.ExclusiveMinimum}, {"at most ", c.Maximum}, {"less than ", c.ExclusiveMaximum},
	} {
		if b.bound != "" {
			list = append(list, b.words+b.bound)
		}
	}
	return strings.Join(list, " and ")
}

// matches says that a string matches a pattern, which is given unless it's too
// long to be read. It's between backquotes if its end looks like that of a sentence.
func matches(pattern string) string {
	const longest = 60
	if len(pattern) > longest || strings.ContainsFunc(pattern, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "matches a pattern"
	}
	if strings.ContainsAny(pattern[len(pattern)-min(len(pattern), 1):], ".,;:!?") {
		pattern = "`" + pattern + "`"
	}
	return "matches " + strings.ReplaceAll(pattern, " ", keptSpace)
}
