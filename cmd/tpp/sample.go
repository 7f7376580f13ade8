package main

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/gen/model"
)

// formatSamples are strings of each format.
var formatSamples = map[string]string{
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

// sampleString returns a string that passes c, or comes near: "" if that does.
func sampleString(c *model.Checks) string {
	text := formatSamples[c.Format]
	if c.Pattern != nil {
		if s, ok := samplePattern(c.Pattern.RE2); ok {
			text = s
		}
	}
	if missing := orZero(c.MinLength) - utf8.RuneCountInString(text); missing > 0 {
		padded := text + strings.Repeat("x", missing)
		if c.Pattern != nil && !matches(c.Pattern.RE2, padded) && text != "" {
			last, _ := utf8.DecodeLastRuneInString(text)
			padded = text + strings.Repeat(string(last), missing)
		}
		text = padded
	}
	return text
}

func matches(pattern, text string) bool {
	re, err := regexp.Compile(pattern)
	return err == nil && re.MatchString(text)
}

// samplePattern returns a short string that a regular expression matches, and
// false if it finds none.
func samplePattern(pattern string) (text string, ok bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if pattern == "" || err != nil {
		return "", false
	}
	var b strings.Builder
	writeSample(&b, re)
	return b.String(), matches(pattern, b.String())
}

func writeSample(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(sampleRune(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			writeSample(b, sub)
		}
	case syntax.OpAlternate, syntax.OpCapture, syntax.OpPlus:
		writeSample(b, re.Sub[0])
	case syntax.OpRepeat:
		for range re.Min {
			writeSample(b, re.Sub[0])
		}
	}
}

// sampleRune returns the plainest rune of a class, whose ranges are pairs.
func sampleRune(ranges []rune) rune {
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
