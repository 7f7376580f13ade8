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
// or len(data). It looks at eight bytes, and where they are clean at the next 32.
func clean(data []byte, i int) int {
	for ; i+8 <= len(data); i += 8 {
		if m := special(binary.LittleEndian.Uint64(data[i:i+8])) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
		if i+40 <= len(data) {
			p := data[i+8 : i+40 : i+40]
			m := special(binary.LittleEndian.Uint64(p[0:8])) | special(binary.LittleEndian.Uint64(p[8:16])) |
				special(binary.LittleEndian.Uint64(p[16:24])) | special(binary.LittleEndian.Uint64(p[24:32]))
			if m&highs == 0 {
				i += 32
			}
		}
	}
	for ; i < len(data); i++ {
		if c := data[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
	}
	return i
}

// special sets the top bit of each byte that ends a clean run. Subtracting more than a byte
// is sets it. The borrow may set it in the bytes above too, but only the lowest counts.
// Quotes and control characters share a subtraction: x^2 is at most 0x20 for them alone.
func special(x uint64) uint64 {
	return x | ((x ^ ones*2) - ones*0x21) | ((x ^ ones*'\\') - ones)
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
