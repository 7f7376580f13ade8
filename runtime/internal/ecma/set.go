package ecma

import "unicode"

// An Item is a part of a class: the runes from Lo to Hi, or those of Set.
type Item struct {
	Lo, Hi  rune
	Set     *Set
	Negated bool // the runes that aren't in Set
}

// Ranges returns the runes of the item in ascending order, two for each range:
// its first and its last.
func (it Item) Ranges() []rune {
	switch {
	case it.Set == nil:
		return []rune{it.Lo, it.Hi}
	case it.Negated:
		return complement(it.Set.ranges())
	}
	return it.Set.ranges()
}

// A Set is a set of runes that has a name in patterns.
type Set struct {
	// Escape is what both Go's regexp and ECMA-262 write for the set, such as
	// \d or \p{Lu}. It's empty if there is nothing that means the same to both.
	Escape string

	ranges func() []rune
}

// The sets behind \d, \w and \s.
var (
	digits = &Set{Escape: `\d`, ranges: fixed('0', '9')}
	word   = &Set{Escape: `\w`, ranges: fixed('0', '9', 'A', 'Z', '_', '_', 'a', 'z')}
	space  = &Set{ranges: fixed('\t', '\r', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a,
		0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff)}
)

func fixed(ranges ...rune) func() []rune {
	return func() []rune { return ranges }
}

// complement returns the ranges of all runes that aren't in ranges.
func complement(ranges []rune) []rune {
	var out []rune
	next := rune(0)
	for i := 0; i < len(ranges); i += 2 {
		if next < ranges[i] {
			out = append(out, next, ranges[i]-1)
		}
		next = ranges[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}

// matching returns the ranges of the runes for which has is true.
func matching(has func(rune) bool) []rune {
	var out []rune
	in := false
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if has(r) == in {
			continue
		}
		if in {
			out = append(out, r-1)
		} else {
			out = append(out, r)
		}
		in = !in
	}
	if in {
		out = append(out, unicode.MaxRune)
	}
	return out
}
