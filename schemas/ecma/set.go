package ecma

import "unicode"

// An Item is a part of a class: the runes from Lo to Hi, or those of Set.
type Item struct {
	Lo, Hi  rune
	Set     *Set
	Negated bool // the runes that aren't in Set
}

// Ranges returns the ranges of the item in ascending order, as pairs of their first
// and last rune.
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
	// Escape is the escape for the set that means the same to Go's regexp and to
	// ECMA-262, such as \d or \p{Lu}. If there is none, it is empty.
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

// complement returns the ranges of the runes outside ranges.
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

// matching returns the ranges of the runes that has reports true for.
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
