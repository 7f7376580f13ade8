package format

import (
	"strings"
	"unicode/utf8"
)

// The limits of RFC 1035, in octets.
const (
	maxLabel = 63
	maxName  = 253
)

// hostname reports if s is a host name of RFC 1123 whose labels with the prefix
// xn-- are valid by IDNA 2008.
func hostname(s string) bool {
	return isASCII(s) && validName(strings.Split(s, "."))
}

// idnHostname reports if s is a host name of RFC 5890. The full stops of East
// Asian scripts separate its labels too.
func idnHostname(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return validName(strings.Split(separators.Replace(s), "."))
}

var separators = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".")

func validName(labels []string) bool {
	size := len(labels) - 1
	var decoded [][]rune
	rtl := false
	for _, label := range labels {
		u, octets, ok := validLabel(label)
		if !ok {
			return false
		}
		size += octets
		rtl = rtl || isBidi(u)
		decoded = append(decoded, u)
	}
	if size > maxName {
		return false
	}
	for _, u := range decoded {
		if rtl && !bidiRule(u) {
			return false
		}
	}
	return true
}

// validLabel checks one label. It returns the label's characters, decoded, and its
// length in octets when encoded.
func validLabel(label string) (u []rune, octets int, ok bool) {
	if !isASCII(label) {
		u = []rune(label)
		code, ok := encodePunycode(u)
		octets = len(acePrefix) + len(code)
		return u, octets, ok && octets <= maxLabel && validULabel(u)
	}
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return nil, 0, false
	}
	for i := range len(label) {
		if !isAlphanumeric(label[i]) && label[i] != '-' {
			return nil, 0, false
		}
	}
	lower := strings.ToLower(label)
	code, ok := strings.CutPrefix(lower, acePrefix)
	if !ok {
		return []rune(lower), len(label), true
	}
	u, ok = decodePunycode(code)
	if !ok || isASCII(string(u)) {
		return nil, 0, false
	}
	again, ok := encodePunycode(u)
	return u, len(label), ok && again == code && validULabel(u)
}

// acePrefix begins encoded labels.
const acePrefix = "xn--"
