package format

import (
	"math"
	"strings"
	"unicode/utf8"
)

// The parameters of RFC 3492 for IDNA.
const (
	punyBase    = 36
	punyMin     = 1
	punyMax     = 26
	punySkew    = 38
	punyDamp    = 700
	punyBias    = 72
	punyInitial = 0x80
)

// decodePunycode decodes code, which is in lower case and has no prefix.
func decodePunycode(code string) (out []rune, ok bool) {
	if i := strings.LastIndexByte(code, '-'); i >= 0 {
		out = []rune(code[:i])
		code = code[i+1:]
	}
	n, at, bias := punyInitial, 0, punyBias
	for code != "" {
		before, weight := at, 1
		for k := punyBase; ; k += punyBase {
			if code == "" {
				return nil, false
			}
			digit := strings.IndexByte(punyDigits, code[0])
			code = code[1:]
			if digit < 0 || digit > (math.MaxInt32-at)/weight {
				return nil, false
			}
			at += digit * weight
			t := min(max(k-bias, punyMin), punyMax)
			if digit < t {
				break
			}
			weight *= punyBase - t
			if weight > math.MaxInt32 {
				return nil, false
			}
		}
		bias = punyAdapt(at-before, len(out)+1, before == 0)
		n += at / (len(out) + 1)
		at %= len(out) + 1
		if n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return nil, false
		}
		out = append(out[:at], append([]rune{rune(n)}, out[at:]...)...)
		at++
	}
	return out, true
}

// encodePunycode encodes u, without a prefix. It isn't ok if u has more runes than any
// label.
func encodePunycode(u []rune) (code string, ok bool) {
	if len(u) > maxLabel {
		return "", false
	}
	var b strings.Builder
	for _, r := range u {
		if r < punyInitial {
			b.WriteRune(r)
		}
	}
	basic := b.Len()
	if basic > 0 {
		b.WriteByte('-')
	}
	n, delta, bias := rune(punyInitial), 0, punyBias
	for done := basic; done < len(u); {
		next := rune(utf8.MaxRune)
		for _, r := range u {
			if r >= n {
				next = min(next, r)
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range u {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			writePunycode(&b, delta, bias)
			bias = punyAdapt(delta, done+1, done == basic)
			delta = 0
			done++
		}
		delta++
		n++
	}
	return b.String(), true
}

const punyDigits = "abcdefghijklmnopqrstuvwxyz0123456789"

// writePunycode appends delta as an integer of variable length.
func writePunycode(b *strings.Builder, delta, bias int) {
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyMin), punyMax)
		if delta < t {
			b.WriteByte(punyDigits[delta])
			return
		}
		b.WriteByte(punyDigits[t+(delta-t)%(punyBase-t)])
		delta = (delta - t) / (punyBase - t)
	}
}

func punyAdapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for delta > (punyBase-punyMin)*punyMax/2 {
		delta /= punyBase - punyMin
		k += punyBase
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}
