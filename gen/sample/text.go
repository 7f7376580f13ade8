package sample

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// formats holds a string of each format.
var formats = map[string]string{
	"date-time":             "2006-01-02T15:04:05Z",
	"date":                  "2006-01-02",
	"time":                  "15:04:05Z",
	"duration":              "PT1M",
	"email":                 "name@example.org",
	"idn-email":             "name@example.org",
	"hostname":              "example.org",
	"idn-hostname":          "example.org",
	"ipv4":                  "192.0.2.1",
	"ipv6":                  "2001:db8::1",
	"uri":                   "https://example.org/",
	"uri-reference":         "/",
	"iri":                   "https://example.org/",
	"iri-reference":         "/",
	"uri-template":          "/{id}",
	"uuid":                  "00000000-0000-0000-0000-000000000000",
	"json-pointer":          "/name",
	"relative-json-pointer": "0",
	"regex":                 ".*",
}

// text returns a short string that passes c. If it finds none, it returns one that
// comes near.
func text(c *model.Checks) string {
	s := formats[c.Format]
	pattern := ""
	if c.Pattern != nil {
		pattern, _, _ = ecma.Translate(c.Pattern.Source) // "" if Go's regexp can't express it
		if found, ok := match(pattern); ok {
			s = found
		}
	}
	if missing := least(c.MinLength) - utf8.RuneCountInString(s); missing > 0 {
		padded := s + strings.Repeat("x", missing)
		if c.Pattern != nil && !matches(pattern, padded) && s != "" {
			last, _ := utf8.DecodeLastRuneInString(s)
			padded = s + strings.Repeat(string(last), missing)
		}
		s = padded
	}
	return s
}

func matches(pattern, s string) bool {
	re, err := regexp.Compile(pattern)
	return err == nil && re.MatchString(s)
}

// match returns a short string that a regular expression of Go matches. It's not
// ok if it finds none.
func match(pattern string) (example string, ok bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if pattern == "" || err != nil {
		return "", false
	}
	var b strings.Builder
	writeMatch(&b, re)
	return b.String(), matches(pattern, b.String())
}

func writeMatch(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(plainRune(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			writeMatch(b, sub)
		}
	case syntax.OpAlternate, syntax.OpCapture, syntax.OpPlus:
		writeMatch(b, re.Sub[0])
	case syntax.OpRepeat:
		for range re.Min {
			writeMatch(b, re.Sub[0])
		}
	}
}

// plainRune returns the plainest rune of a class, whose ranges are pairs.
func plainRune(ranges []rune) rune {
	for _, plain := range "axAX0" {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= plain && plain <= ranges[i+1] {
				return plain
			}
		}
	}
	if len(ranges) == 0 {
		return 'x'
	}
	return ranges[0]
}
