package format

import "unicode"

// A direction is a class of characters in RFC 5893. R and AL are one direction here,
// since the rule treats them alike. So are all classes that the rule allows anywhere.
type direction int

const (
	leftToRight direction = iota
	rightToLeft
	europeanDigit
	arabicDigit
	nonspacing
	neutral
)

// directionOf returns the direction of a character that may stand in a label.
func directionOf(r rune) direction {
	switch {
	case '0' <= r && r <= '9' || isPersianDigit(r):
		return europeanDigit
	case isArabicDigit(r) || 0x10d30 <= r && r <= 0x10d39:
		return arabicDigit
	case unicode.In(r, unicode.Mn, unicode.Me):
		return nonspacing
	case inRanges(rightToLeftRunes, r):
		return rightToLeft
	case r == '-' || r == 0x200c || r == 0x200d || inRanges(neutralRunes, r):
		return neutral
	}
	return leftToRight
}

// isBidi reports if a label makes its whole name subject to the rule.
func isBidi(u []rune) bool {
	return contains(u, func(r rune) bool {
		d := directionOf(r)
		return d == rightToLeft || d == arabicDigit
	})
}

// bidiRule reports if a label satisfies the rule of RFC 5893, section 2.
func bidiRule(u []rune) bool {
	first := directionOf(u[0])
	if first != leftToRight && first != rightToLeft {
		return false
	}
	var seen [neutral + 1]bool
	last := first
	for _, r := range u {
		d := directionOf(r)
		seen[d] = true
		if d != nonspacing {
			last = d
		}
	}
	if first == leftToRight {
		return !seen[rightToLeft] && !seen[arabicDigit] && (last == leftToRight || last == europeanDigit)
	}
	return !seen[leftToRight] && !(seen[europeanDigit] && seen[arabicDigit]) && last != neutral
}
