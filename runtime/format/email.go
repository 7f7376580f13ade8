package format

import (
	"strings"
	"unicode/utf8"
)

// email reports if s is a Mailbox of RFC 5321.
func email(s string) bool { return isASCII(s) && mailbox(s) }

// idnEmail reports if s is a Mailbox as RFC 6531 extends it: characters beyond
// ASCII are letters wherever ASCII letters may stand.
func idnEmail(s string) bool { return utf8.ValidString(s) && mailbox(s) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func mailbox(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if len(local) > 64 || !dotAtoms(local) && !quoted(local) {
		return false
	}
	if strings.HasPrefix(domain, "[") && strings.HasSuffix(domain, "]") {
		return addressLiteral(domain[1 : len(domain)-1])
	}
	return mailDomain(domain)
}

// dotAtoms reports if s is a list of words with dots between them.
func dotAtoms(s string) bool {
	for word := range strings.SplitSeq(s, ".") {
		if word == "" {
			return false
		}
		for i := range len(word) {
			if c := word[i]; !isAlphanumeric(c) && c < utf8.RuneSelf && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", rune(c)) {
				return false
			}
		}
	}
	return true
}

// quoted reports if s is a quoted string, in which a backslash escapes the character
// after it.
func quoted(s string) bool {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	s = s[1 : len(s)-1]
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			if i == len(s) {
				return false
			}
		} else if s[i] == '"' {
			return false
		}
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// addressLiteral reports if s may stand in brackets instead of a domain.
func addressLiteral(s string) bool {
	tag, value, ok := strings.Cut(s, ":")
	switch {
	case !ok:
		return ipv4(s)
	case strings.EqualFold(tag, "IPv6"):
		return ipv6(value)
	}
	// No other tag is registered.
	return false
}

// mailDomain reports if s is a domain. It doesn't check labels by IDNA.
func mailDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !isAlphanumeric(c) && c != '-' && c < utf8.RuneSelf {
				return false
			}
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
