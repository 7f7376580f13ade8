package format

import "unicode"

// validULabel checks a label that isn't ASCII by RFC 5891, section 5.4, and its code
// points by RFC 5892.
func validULabel(u []rune) bool {
	last := len(u) - 1
	if u[0] == '-' || u[last] == '-' || len(u) > 3 && u[2] == '-' && u[3] == '-' || unicode.Is(unicode.M, u[0]) {
		return false
	}
	for i := range u {
		if !validRune(u, i) {
			return false
		}
	}
	return isNFC(u)
}

// validRune reports if the code point at i may stand at that place of the label.
func validRune(u []rune, i int) bool {
	before, after := rune(-1), rune(-1)
	if i > 0 {
		before = u[i-1]
	}
	if i+1 < len(u) {
		after = u[i+1]
	}
	// The contextual rules of RFC 5892, appendix A.
	switch r := u[i]; {
	case r == '\u200c': // zero width non-joiner
		return isVirama(before) || joins(u, i)
	case r == '\u200d': // zero width joiner
		return isVirama(before)
	case r == '·':
		return before == 'l' && after == 'l'
	case r == '\u0375': // Greek keraia
		return unicode.Is(unicode.Greek, after)
	case r == '\u05f3' || r == '\u05f4': // Hebrew geresh and gershayim
		return unicode.Is(unicode.Hebrew, before)
	case r == '・': // Katakana middle dot
		return containsScript(u, unicode.Hiragana, unicode.Katakana, unicode.Han)
	case isArabicDigit(r):
		return !contains(u, isPersianDigit)
	case isPersianDigit(r):
		return !contains(u, isArabicDigit)
	default:
		return protocolValid(r)
	}
}

// protocolValid reports if r is PVALID by RFC 5892.
func protocolValid(r rune) bool {
	switch {
	case r < 0x80:
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-'
	case r == '\u06fd' || r == '\u06fe' || r == '\u0f0b' || r == '〇': // the exceptions
		return true
	case 0x13a0 <= r && r <= 0x13f5: // Cherokee folds to upper case
		return unicode.Is(unicode.Lu, r)
	}
	return unicode.In(r, unicode.Ll, unicode.Lo, unicode.Lm, unicode.Mn, unicode.Mc, unicode.Nd) && !inRanges(unstable, r)
}

func isArabicDigit(r rune) bool  { return 0x660 <= r && r <= 0x669 }
func isPersianDigit(r rune) bool { return 0x6f0 <= r && r <= 0x6f9 }

func contains(u []rune, is func(rune) bool) bool {
	for _, r := range u {
		if is(r) {
			return true
		}
	}
	return false
}

// containsScript reports if u has a letter of one of the scripts. The Katakana middle
// dot itself belongs to none of them.
func containsScript(u []rune, scripts ...*unicode.RangeTable) bool {
	return contains(u, func(r rune) bool { return unicode.In(r, scripts...) })
}

// joins reports if the characters around the one at i are of cursive scripts and
// would join, so that a non-joiner between them has an effect.
func joins(u []rune, i int) bool {
	left, right := i-1, i+1
	for left >= 0 && isTransparent(u[left]) {
		left--
	}
	for right < len(u) && isTransparent(u[right]) {
		right++
	}
	return left >= 0 && right < len(u) &&
		(inRanges(joinLeft, u[left]) || inRanges(joinBoth, u[left])) &&
		(inRanges(joinRight, u[right]) || inRanges(joinBoth, u[right]))
}

// isTransparent reports if r doesn't affect whether its neighbours join.
func isTransparent(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me) || r == 0x1e94b
}

// inRanges reports if r is in a table of ranges in ascending order, two runes for
// each: its first and its last.
func inRanges(table []rune, r rune) bool {
	low, high := 0, len(table)/2
	for low < high {
		mid := (low + high) / 2
		switch {
		case r < table[2*mid]:
			high = mid
		case r > table[2*mid+1]:
			low = mid + 1
		default:
			return true
		}
	}
	return false
}
