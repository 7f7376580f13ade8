package format

import "strings"

// isNFC reports if a label of valid code points is in normalization form C. No
// code point of a valid label decomposes, so it's enough that marks are in order and
// that no two characters compose.
func isNFC(u []rune) bool {
	starter, last := rune(-1), rune(0) // the last character of class 0, and the class of what followed it
	for _, r := range u {
		class := combiningClass(r)
		if class != 0 && last > class {
			return false
		}
		blocked := last != 0 && last >= class
		if !blocked && strings.ContainsRune(compositions[r], starter) {
			return false
		}
		if class == 0 {
			starter = r
		}
		last = class
	}
	return true
}

// combiningClass returns the canonical combining class of r.
func combiningClass(r rune) rune {
	low, high := 0, len(combiningClasses)/3
	for low < high {
		mid := (low + high) / 2
		switch {
		case r < combiningClasses[3*mid]:
			high = mid
		case r > combiningClasses[3*mid+1]:
			low = mid + 1
		default:
			return combiningClasses[3*mid+2]
		}
	}
	return 0
}

// isVirama reports if r is of the combining class Virama.
func isVirama(r rune) bool { return combiningClass(r) == 9 }
