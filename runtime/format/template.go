package format

import (
	"strings"
	"unicode/utf8"
)

// uriTemplate reports if s is a URI template of RFC 6570.
func uriTemplate(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for s != "" {
		literal, rest, open := strings.Cut(s, "{")
		if !isTemplateLiteral(literal) {
			return false
		}
		if !open {
			return true
		}
		expression, after, closed := strings.Cut(rest, "}")
		if !closed || !isExpression(expression) {
			return false
		}
		s = after
	}
	return true
}

func isTemplateLiteral(s string) bool {
	for i, r := range s {
		switch {
		case r == '%':
			if !isPercentEncoded(s[i:]) {
				return false
			}
		case r <= ' ' || r == 0x7f || strings.ContainsRune("\"<>\\^`{|}", r):
			return false
		case r > 0x7f && !isUcschar(r) && !isPrivate(r):
			return false
		}
	}
	return true
}

// isExpression reports if s, without its braces, is an optional operator and a list of
// variables.
func isExpression(s string) bool {
	if s != "" && strings.ContainsRune("+#./;?&=,!@|", rune(s[0])) {
		s = s[1:]
	}
	for variable := range strings.SplitSeq(s, ",") {
		if name, length, ok := strings.Cut(variable, ":"); ok {
			n, ok := digits(length)
			if !ok || length[0] == '0' || len(length) > 4 || n > 9999 {
				return false
			}
			variable = name
		} else {
			variable = strings.TrimSuffix(variable, "*")
		}
		if !isVariable(variable) {
			return false
		}
	}
	return true
}

// isVariable reports if s is a name: words with dots between them.
func isVariable(s string) bool {
	for word := range strings.SplitSeq(s, ".") {
		if word == "" {
			return false
		}
		for i := 0; i < len(word); i++ {
			switch {
			case isPercentEncoded(word[i:]):
				i += 2
			case !isAlphanumeric(word[i]) && word[i] != '_':
				return false
			}
		}
	}
	return true
}
