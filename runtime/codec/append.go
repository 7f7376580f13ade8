package codec

// This file encodes: every function appends to a buffer and returns it.

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// AppendString appends s as a JSON string. Half a surrogate pair, as [Decoder]
// keeps it, is written as an escape; other bytes that aren't UTF-8 become
// U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	i := clean(bytesOf(s), 0)
	b = append(b, s[:i]...)
	if i < len(s) {
		b = appendEscaped(b, s[i:])
	}
	return append(b, '"')
}

func appendEscaped(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for len(s) > 0 {
		c := s[0]
		if c < utf8.RuneSelf {
			s = s[1:]
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\b':
				b = append(b, '\\', 'b')
			case '\f':
				b = append(b, '\\', 'f')
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
		} else {
			r, n := utf8.DecodeRuneInString(s)
			switch {
			case r != utf8.RuneError || n > 1:
				b = append(b, s[:n]...)
			case len(s) >= 3 && c == 0xED && s[1]&0xE0 == 0xA0 && s[2]&0xC0 == 0x80:
				n = 3
				b = append(b, '\\', 'u', 'd', hex[s[1]>>2&15], hex[s[1]&3<<2|s[2]>>4&3], hex[s[2]&15])
			default:
				b = append(b, `\ufffd`...)
			}
			s = s[n:]
		}
		i := clean(bytesOf(s), 0)
		b = append(b, s[:i]...)
		s = s[i:]
	}
	return b
}

// AppendFloat appends f in the shortest form that reads back as f. NaN and the
// infinities are errors.
func AppendFloat(b []byte, f float64) ([]byte, error) {
	if n := int64(f); float64(n) == f && -1e15 < f && f < 1e15 && (n != 0 || !math.Signbit(f)) {
		return strconv.AppendInt(b, n, 10), nil
	}
	abs := math.Abs(f)
	if n := int64(abs*1e4 + 0.5); abs < 1e11 && float64(n)/1e4 == abs && n > 0 {
		return appendShort(b, n, f < 0), nil
	}
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return b, fmt.Errorf("encoding the number %v: JSON has no such number", f)
	case abs != 0 && (abs < 1e-6 || abs >= 1e21):
		return strconv.AppendFloat(b, f, 'e', -1, 64), nil
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64), nil
}

// appendShort appends n/10^4. Such a number of at most 15 digits is the
// shortest that reads back as its float64, since no two of them share one.
func appendShort(b []byte, n int64, neg bool) []byte {
	if neg {
		b = append(b, '-')
	}
	b = strconv.AppendInt(b, n/1e4, 10)
	b = append(b, '.', byte(n/1000%10)+'0', byte(n/100%10)+'0', byte(n/10%10)+'0', byte(n%10)+'0')
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// AppendNumber appends n, which must be a JSON number; "" is 0.
func AppendNumber(b []byte, n json.Number) ([]byte, error) {
	if n == "" {
		return append(b, '0'), nil
	}
	text := bytesOf(string(n))
	if end, want := skipNumber(text, 0); want != "" || end != len(text) {
		return b, errors.New("encoding the number " + quote(string(n)) + ": it isn't one in JSON")
	}
	return append(b, n...), nil
}

// AppendRaw appends r, which must be one JSON value; nil is null. It comes to
// stand on one line.
func AppendRaw(b []byte, r json.RawMessage) ([]byte, error) {
	if r == nil {
		return append(b, "null"...), nil
	}
	end, want := skip(r, 0, defaultDepth, nil)
	if want == "" {
		if end = space(r, end); end < len(r) {
			want = wantEnd
		}
	}
	if want != "" {
		return b, fmt.Errorf("encoding raw JSON: expected %s at offset %d, found %s", want, end, describe(r, end))
	}
	return appendLine(b, r), nil
}

// AppendBase64 appends p as a string in base64.
func AppendBase64(b, p []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, p)
	return append(b, '"')
}

// EndObject makes an object of the members that were appended from start on,
// each beginning with a comma. There may be none.
func EndObject(b []byte, start int) []byte {
	if len(b) == start {
		return append(b, '{', '}')
	}
	b[start] = '{'
	return append(b, '}')
}

// bytesOf returns the bytes of s, which must only be read.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
