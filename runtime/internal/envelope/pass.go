package envelope

import (
	"encoding/binary"
	"math/bits"
)

// This file finds the end of an array or object faster than byte by byte. It takes 64
// bytes at a time, as sets of bits for the places of the quotes, the backslashes and the
// brackets. A place is inside a string if the number of quotes before it is odd.

// block is how many bytes passBrackets takes at a time.
const block = 64

// passBrackets skips an array or object.
func (s *scanner) passBrackets() {
	depth := 0
	var inside uint64 // all bits set if the block begins inside a string
	var behind uint64 // 1 if the block begins after a backslash that isn't escaped
	var last [block]byte
	for at := s.i; at < len(s.b); at += block {
		p := s.b[at:]
		if len(p) < block {
			copy(last[:], p)
			p = last[:]
		}
		quotes, slashes, opening, closing := marks((*[block]byte)(p))
		if slashes|behind != 0 {
			var escaped uint64
			escaped, behind = behindSlashes(slashes, behind)
			quotes &^= escaped
		}
		if quotes == 0 && inside != 0 { // a long string
			end := s.closingQuote(at + block + int(behind))
			if end == len(s.b) {
				break
			}
			inside, behind = 0, 0
			at = end + 1 - block
			continue
		}
		strings := oddFrom(quotes) ^ inside
		inside = uint64(int64(strings) >> 63)
		opening &^= strings
		closing &^= strings
		more, fewer := bits.OnesCount64(opening), bits.OnesCount64(closing)
		if depth > fewer && depth+more <= s.depth {
			depth += more - fewer
			continue
		}
		for all := opening | closing; all != 0; all &= all - 1 {
			i := bits.TrailingZeros64(all)
			if opening>>i&1 != 0 {
				if depth++; depth > s.depth {
					s.i = at + i
					s.fail("nested too deeply")
					return
				}
			} else if depth--; depth == 0 {
				s.i = at + i + 1
				return
			}
		}
	}
	s.i = len(s.b)
	if inside != 0 {
		s.fail("the string doesn't end")
	} else {
		s.unexpected("',' or a closing bracket")
	}
}

// marks returns the places of the quotes, the backslashes and the brackets in p.
func marks(p *[block]byte) (quotes, slashes, opening, closing uint64) {
	for i := block - 8; i >= 0; i -= 8 {
		w := binary.LittleEndian.Uint64(p[i : i+8])
		// '[' and '{', and ']' and '}', differ only in this bit.
		brackets := w | 0x20*ones
		quotes = quotes<<8 | gather(zeros(w^ones*'"'))
		slashes = slashes<<8 | gather(zeros(w^ones*'\\'))
		opening = opening<<8 | gather(zeros(brackets^ones*'{'))
		closing = closing<<8 | gather(zeros(brackets^ones*'}'))
	}
	return quotes, slashes, opening, closing
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// zeros returns the top bit of each byte of w that is zero.
func zeros(w uint64) uint64 { return ^((w&^tops + ^uint64(tops)) | w) & tops }

// gather returns the top bits of the eight bytes of w, side by side.
func gather(w uint64) uint64 { return w >> 7 * 0x0102040810204080 >> 56 }

// oddFrom returns the bits for which the number of bits of w, from the lowest up to and
// including theirs, is odd: each opening quote and the bits up to its closing quote.
func oddFrom(w uint64) uint64 {
	for shift := 1; shift < block; shift *= 2 {
		w ^= w << shift
	}
	return w
}

// behindSlashes returns which characters are escaped: those after a backslash that isn't
// escaped itself. Before is 1 if the first character is escaped, and after is 1 if the
// first character of the next block is.
func behindSlashes(slashes, before uint64) (escaped, after uint64) {
	escaped = before
	for slashes &^= before; slashes != 0; {
		i := bits.TrailingZeros64(slashes)
		escaped |= 2 << i
		after = 1 << i >> 63
		slashes &^= 3 << i
	}
	return escaped, after
}
