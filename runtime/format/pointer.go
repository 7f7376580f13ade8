package format

import "strings"

// jsonPointer reports if s is a JSON pointer as RFC 6901 writes it in strings.
func jsonPointer(s string) bool {
	if s != "" && s[0] != '/' {
		return false
	}
	for i := range len(s) {
		if s[i] == '~' && (i+1 == len(s) || s[i+1] != '0' && s[i+1] != '1') {
			return false
		}
	}
	return true
}

// relativeJSONPointer reports if s is a number of levels to go up, followed by # or a
// JSON pointer.
func relativeJSONPointer(s string) bool {
	rest := strings.TrimLeft(s, "0123456789")
	up := s[:len(s)-len(rest)]
	if up == "" || up[0] == '0' && up != "0" {
		return false
	}
	return rest == "#" || jsonPointer(rest)
}
