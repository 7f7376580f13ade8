package validate

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// raw returns the text of a token as it stands in the document.
func (d *document) raw(at int) string {
	t := &d.tokens[at]
	return d.text[t.start:t.end]
}

// str returns the value of a string. Half a surrogate pair, which only an escape
// can spell, becomes the three bytes that UTF-8 would have for it.
func (d *document) str(at int) string {
	raw := d.raw(at)
	raw = raw[1 : len(raw)-1]
	if !d.tokens[at].escaped {
		return raw
	}
	return string(appendUnescaped(make([]byte, 0, len(raw)), raw))
}

func appendUnescaped(dst []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		s = s[i:]
		if s[1] != 'u' {
			dst = append(dst, unescapes[s[1]])
			s = s[2:]
			continue
		}
		r, _ := hex4(s[2:])
		s = s[6:]
		if strings.HasPrefix(s, `\u`) {
			low, _ := hex4(s[2:])
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				r = pair
				s = s[6:]
			}
		}
		if utf16.IsSurrogate(r) {
			dst = append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
}

// unescapes are the escape sequences of one character.
var unescapes = [...]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// hex4 returns the value of the four hexadecimal digits that s begins with.
func hex4(s string) (r rune, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for i := range 4 {
		c := rune(s[i])
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | c
	}
	return r, true
}

// length returns the number of code points in a value that str returned.
func length(s string) int {
	n := 0
	for i := range len(s) {
		if s[i]&0xc0 != 0x80 {
			n++
		}
	}
	return n
}

// replaceHalves returns s with U+FFFD in place of every half surrogate pair, so
// that a pattern sees one character there and not three broken bytes.
func replaceHalves(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			size = 3
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}
