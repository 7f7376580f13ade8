package codec

// This file looks through JSON text without judging it.

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101 // 1 in each byte
	highs = 0x8080808080808080 // the top bit of each byte
)

// clean returns where the run of ASCII from i on ends that a JSON string holds
// as it is: at a quote, a backslash, a control character, a byte beyond ASCII,
// or len(data). It looks at eight bytes at a time.
func clean(data []byte, i int) int {
	for ; i+8 <= len(data); i += 8 {
		x := binary.LittleEndian.Uint64(data[i : i+8])
		// The top bit of a byte gets set by subtracting more than the byte
		// is. It may get set in bytes above that one too, by the borrow, but
		// only the lowest counts.
		m := x | (x - ones*' ') | ((x ^ ones*'"') - ones) | ((x ^ ones*'\\') - ones)
		if m &= highs; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(data); i++ {
		if c := data[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
	}
	return i
}

// scan is clean that goes on beyond ASCII. The high bits of high tell whether
// something in the run, or close behind it, is.
func scan(data []byte, i int) (end int, high uint64) {
	for ; i+8 <= len(data); i += 8 {
		x := binary.LittleEndian.Uint64(data[i : i+8])
		high |= x
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		if m := ((x-ones*' ')&^x | (quote-ones)&^quote | (slash-ones)&^slash) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)/8, high
		}
	}
	for ; i < len(data); i++ {
		c := data[i]
		if c < ' ' || c == '"' || c == '\\' {
			break
		}
		high |= uint64(c)
	}
	return i, high
}

// space returns where the white space at i ends.
func space(data []byte, i int) int {
	for i < len(data) && data[i] <= ' ' && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// count returns how many elements the array has whose '[' is before i, or how
// many are seen to begin within limit bytes, and how many bytes it looked at.
// The text may be wrong in any way.
func count(data []byte, i, limit int) (n, looked int) {
	data = data[:min(len(data), i+limit)]
	start := i
	depth := 0
	i = space(data, i)
	if i == len(data) || data[i] == ']' {
		return 0, i - start
	}
	n = 1
	for i < len(data) {
		switch data[i] {
		case '"':
			for i = clean(data, i+1); i < len(data) && data[i] != '"'; i, _ = scan(data, i) {
				if data[i] == '\\' {
					i++
				}
				i = min(i+1, len(data))
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth < 0 {
				return n, i - start
			}
		case ',':
			if depth == 0 {
				n++
			}
		}
		i++
	}
	return n, min(i, len(data)) - start
}
