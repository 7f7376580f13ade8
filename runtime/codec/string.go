package codec

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// String reads a string.
func (d *Decoder) String() string {
	if d.peek() != '"' {
		d.mistyped("a string")
		return ""
	}
	d.last = d.pos
	i := d.pos + 1
	j := clean(d.data, i)
	if j == len(d.data) || d.data[j] != '"' {
		return d.decodeString(i)
	}
	d.pos = j + 1
	if d.text != nil {
		return alias(d.text[i:j])
	}
	return d.share(i, j)
}

// Base64 reads a string that holds bytes: in the standard alphabet, padded,
// and spelled the only way they can be.
func (d *Decoder) Base64() []byte {
	borrow := d.Borrow
	d.Borrow = true // the text isn't kept
	s := d.String()
	d.Borrow = borrow
	if d.failed || d.last == d.bad {
		return nil
	}
	b, err := strictBase64.DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") { // which DecodeString ignores
		d.mistaken("bytes in base64")
		return nil
	}
	return b
}

var strictBase64 = base64.StdEncoding.Strict()

// share returns the bytes from i to j as a string that may be kept.
func (d *Decoder) share(i, j int) string {
	if d.Borrow {
		return alias(d.data[i:j])
	}
	if len(d.data) <= maxShared {
		if d.text == nil {
			d.text = bytes.Clone(d.data)
		}
		return alias(d.text[i:j])
	}
	if j-i > big {
		return string(d.data[i:j])
	}
	b := d.room(j - i)
	copy(b, d.data[i:j])
	return alias(b)
}

// big is from when on a string of a big document has memory of its own.
const big = 512

// room returns n bytes, at most big, to put a string into.
func (d *Decoder) room(n int) []byte {
	if n > len(d.block) {
		d.block = make([]byte, 4<<10)
	}
	b := d.block[:n:n]
	d.block = d.block[n:]
	return b
}

// decodeString reads the string whose content begins at i.
func (d *Decoder) decodeString(i int) string {
	end, want := skipString(d.data, i)
	if want != "" {
		d.syntax(end, want)
		return ""
	}
	d.pos = end
	j := end - 1
	if bytes.IndexByte(d.data[i:j], '\\') < 0 {
		return d.share(i, j)
	}

	// What is decoded is never longer than what is written, so it has room in
	// its own place in the copy. Should it be read once more, such as by
	// another branch of a union, the same bytes are written again.
	switch {
	case len(d.data) <= maxShared && !d.Borrow:
		d.share(i, j)
		return alias(unescape(d.text[i:i:j], d.data[i:j]))
	case j-i > big:
		return unescapeBig(d.data[i:j])
	}
	return alias(unescape(d.room(j - i)[:0], d.data[i:j]))
}

// unescape appends the content of a valid string to dst.
func unescape(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		dst, s = unescapeOne(dst, s[i:])
	}
}

// unescapeBig returns the content of a valid string. A Builder's memory, unlike
// a slice's, isn't set to zeros before it is written to.
func unescapeBig(s []byte) string {
	var b strings.Builder
	b.Grow(len(s))
	var room [utf8.UTFMax]byte
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			b.Write(s)
			return b.String()
		}
		b.Write(s[:i])
		var char []byte
		char, s = unescapeOne(room[:0], s[i:])
		b.Write(char)
	}
}

// unescapeOne appends the character that the escape sequence stands for with
// which s begins, and returns what follows it.
func unescapeOne(dst, s []byte) (char, rest []byte) {
	c := s[1]
	s = s[2:]
	switch c {
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r, _ := hex4(s, 0)
		s = s[4:]
		if utf16.IsSurrogate(r) && len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
			low, _ := hex4(s, 2)
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				r = pair
				s = s[6:]
			}
		}
		return appendRune(dst, r), s
	}
	return append(dst, c), s
}

// appendRune appends r as UTF-8, and half a surrogate pair as the three bytes
// it would have.
func appendRune(dst []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(dst, r)
}

// plain returns the content of a valid string, which may point into s.
func plain(s []byte) string {
	if bytes.IndexByte(s, '\\') < 0 {
		return alias(s)
	}
	return alias(unescape(nil, s))
}
