package format

import (
	"strings"
	"unicode/utf8"
)

// uri reports if s is a URI of RFC 3986, which begins with a scheme.
func uri(s string) bool { return hasScheme(s) && isReference(s, false) }

func uriReference(s string) bool { return isReference(s, false) }

// iri reports if s is an IRI of RFC 3987, which begins with a scheme.
func iri(s string) bool { return hasScheme(s) && isReference(s, true) }

func iriReference(s string) bool { return isReference(s, true) }

// hasScheme reports if s, being a valid reference, has a scheme.
func hasScheme(s string) bool {
	i := strings.IndexAny(s, ":/?#")
	return i >= 0 && s[i] == ':'
}

// isReference reports if s is a URI or a relative reference, with the characters
// of an IRI if beyond is true.
func isReference(s string, beyond bool) bool {
	if !utf8.ValidString(s) {
		return false
	}
	if hasScheme(s) {
		scheme, rest, _ := strings.Cut(s, ":")
		if !isScheme(scheme) {
			return false
		}
		s = rest
	}
	s, fragment, _ := strings.Cut(s, "#")
	s, query, _ := strings.Cut(s, "?")
	path := s
	if after, ok := strings.CutPrefix(s, "//"); ok {
		authority := after
		path = ""
		if i := strings.IndexByte(after, '/'); i >= 0 {
			authority, path = after[:i], after[i:]
		}
		if !isAuthority(authority, beyond) {
			return false
		}
	}
	return urlChars(path, ":@/", beyond, false) &&
		urlChars(query, ":@/?", beyond, true) &&
		urlChars(fragment, ":@/?", beyond, false)
}

func isScheme(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && (c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != "" && s[0] > '9'
}

// isAuthority reports if s is a host, with an optional user before it and an optional
// port after it.
func isAuthority(s string, beyond bool) bool {
	user, host, ok := strings.Cut(s, "@")
	if !ok {
		user, host = "", s
	}
	if !urlChars(user, ":", beyond, false) {
		return false
	}
	port := ""
	if strings.HasPrefix(host, "[") {
		literal, after, ok := strings.Cut(host[1:], "]")
		if !ok || !ipLiteral(literal) || after != "" && after[0] != ':' {
			return false
		}
		host, port = "", strings.TrimPrefix(after, ":")
	} else {
		host, port, _ = strings.Cut(host, ":")
	}
	return strings.Trim(port, "0123456789") == "" && urlChars(host, "", beyond, false)
}

// ipLiteral reports if s may stand in brackets as a host: an IPv6 address, or an
// address of a future version.
func ipLiteral(s string) bool {
	if s == "" || s[0]|0x20 != 'v' {
		return ipv6(s)
	}
	version, address, ok := strings.Cut(s[1:], ".")
	if !ok || version == "" || address == "" || strings.Contains(address, "%") {
		return false
	}
	for i := range len(version) {
		if !isHex(version[i]) {
			return false
		}
	}
	return urlChars(address, ":", false, false)
}

// urlChars reports if s consists of percent-encoded bytes, unreserved characters
// and sub-delimiters of RFC 3986, and the characters of extra. If beyond is true, it
// also allows the characters that RFC 3987 adds, with private ones if private is true.
func urlChars(s, extra string, beyond, private bool) bool {
	for i, r := range s {
		switch {
		case r == '%':
			if !isPercentEncoded(s[i:]) {
				return false
			}
		case r < utf8.RuneSelf:
			if !isAlphanumeric(byte(r)) && !strings.ContainsRune("-._~!$&'()*+,;=", r) && !strings.ContainsRune(extra, r) {
				return false
			}
		case !beyond || !isUcschar(r) && !(private && isPrivate(r)):
			return false
		}
	}
	return true
}

// isPercentEncoded reports if s begins with an encoded byte.
func isPercentEncoded(s string) bool {
	return len(s) >= 3 && s[0] == '%' && isHex(s[1]) && isHex(s[2])
}

// isUcschar reports if r is one of the characters that RFC 3987 adds to URIs.
func isUcschar(r rune) bool {
	switch {
	case r < 0x10000:
		return 0xa0 <= r && r <= 0xd7ff || 0xf900 <= r && r <= 0xfdcf || 0xfdf0 <= r && r <= 0xffef
	case r < 0xe1000 && r >= 0xe0000:
		return false
	}
	return r < 0xf0000 && r&0xffff < 0xfffe
}

// isPrivate reports if r is one of the characters that RFC 3987 adds to queries.
func isPrivate(r rune) bool {
	return 0xe000 <= r && r <= 0xf8ff || r >= 0xf0000 && r&0xffff < 0xfffe
}
