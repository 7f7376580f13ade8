// Package decimal compares the texts of JSON numbers by value, exactly and at
// any size. Nothing is expanded: 1e999999999 costs as much as its text is long.
//
// Every function expects valid JSON numbers. For other texts the result means
// nothing, but nothing panics.
package decimal

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"sort"
	"strings"
)

// Compare returns -1 if a is less than b, 0 if they are equal and 1 if a is
// greater.
func Compare(a, b string) int {
	if x, ok := small(a); ok {
		if y, ok := small(b); ok {
			return cmp.Compare(x, y)
		}
	}
	return parse(a).compare(parse(b))
}

// Equal tells whether a and b are the same number, such as 100 and 1.0e2.
func Equal(a, b string) bool {
	return a == b || Compare(a, b) == 0
}

// IsInteger tells whether s has no fraction, as 5, 5.0 and 50e-1 haven't.
func IsInteger(s string) bool {
	if _, ok := small(s); ok {
		return true
	}
	n := parse(s)
	return n.zero() || n.last().sign() >= 0
}

// MultipleOf tells whether n divided by of is an integer. Nothing but zero is
// a multiple of zero.
func MultipleOf(n, of string) bool {
	if x, ok := small(n); ok {
		if y, ok := small(of); ok && y != 0 {
			return x%y == 0
		}
	}
	x, y := parse(n), parse(of)
	if x.zero() || y.zero() {
		return x.zero()
	}

	// With X and Y for the digits as integers, x/y is X/Y×10^k. If k is
	// negative that's no integer, because X doesn't end in 0. Beyond some k,
	// 10^k holds every 2 and 5 that Y can be made of, and more change nothing.
	if x.last().compare(y.last()) < 0 {
		return false
	}
	most := 4 * y.len()
	k := sort.Search(most, func(k int) bool {
		return x.last().compare(y.last().plus(int64(k))) <= 0
	})
	if y.len() <= 18 {
		return x.divisible(y.uint(0, y.len()), k)
	}
	return x.divisibleBig(y, k)
}

// Uint64 returns the absolute value and the sign of s. It isn't ok if s has a
// fraction or doesn't fit.
func Uint64(s string) (abs uint64, neg, ok bool) {
	n := parse(s)
	if n.zero() {
		return 0, n.neg, true
	}
	e := n.last()
	if e.sign() < 0 || e.digits != "" || int64(n.len())+e.small > 20 {
		return 0, false, false
	}
	for i := range n.len() + int(e.small) {
		var digit uint64
		if i < n.len() {
			digit = uint64(n.digit(i) - '0')
		}
		if abs > (math.MaxUint64-digit)/10 {
			return 0, false, false
		}
		abs = abs*10 + digit
	}
	return abs, n.neg, true
}

// AppendCanonical appends a text that is the same for two numbers if and only
// if they are equal.
func AppendCanonical(dst []byte, s string) []byte {
	n := parse(s)
	if n.zero() {
		return append(dst, '0')
	}
	if n.neg {
		dst = append(dst, '-')
	}
	dst = append(dst, n.whole...)
	dst = append(dst, n.frac...)
	dst = append(dst, 'e')
	e := n.last()
	if e.sign() < 0 {
		dst = append(dst, '-')
	}
	return append(dst, e.text()...)
}

// small returns the value of an integer that is written plainly in at most 18
// characters, as nearly all are.
func small(s string) (n int64, ok bool) {
	digits, neg := strings.CutPrefix(s, "-")
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	for i := range len(digits) {
		c := digits[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if neg {
		n = -n
	}
	return n, true
}

// A number is ±0.wholefrac × 10^(point+exp).
type number struct {
	neg         bool
	whole, frac string // one run of digits that begins and ends with none of 0; both empty for zero
	point       int64
	exp         exponent
}

// parse takes s apart.
func parse(s string) number {
	var n number
	s, n.neg = strings.CutPrefix(s, "-")
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n.exp = parseExponent(s[i+1:])
		s = s[:i]
	}
	n.whole, n.frac, _ = strings.Cut(s, ".")

	n.whole = strings.TrimLeft(n.whole, "0")
	n.point = int64(len(n.whole))
	if n.whole == "" {
		all := len(n.frac)
		n.frac = strings.TrimLeft(n.frac, "0")
		n.point = int64(len(n.frac) - all)
	}
	n.frac = strings.TrimRight(n.frac, "0")
	if n.frac == "" {
		n.whole = strings.TrimRight(n.whole, "0")
	}
	return n
}

func (n number) zero() bool { return n.whole == "" && n.frac == "" }

func (n number) len() int { return len(n.whole) + len(n.frac) }

// last returns the exponent of the last digit: n is its digits, as an
// integer, × 10^last.
func (n number) last() exponent { return n.exp.plus(n.point - int64(n.len())) }

func (n number) sign() int {
	switch {
	case n.zero():
		return 0
	case n.neg:
		return -1
	}
	return 1
}

func (n number) compare(m number) int {
	s := n.sign()
	if s != m.sign() || s == 0 {
		return cmp.Compare(s, m.sign())
	}
	if c := n.exp.plus(n.point).compare(m.exp.plus(m.point)); c != 0 {
		return c * s
	}
	return s * n.compareDigits(m)
}

// compareDigits compares 0.wholefrac of n and m.
func (n number) compareDigits(m number) int {
	if n.frac == "" && m.frac == "" || len(n.whole) == len(m.whole) {
		if c := strings.Compare(n.whole, m.whole); c != 0 {
			return c
		}
		return strings.Compare(n.frac, m.frac)
	}
	for i := range min(n.len(), m.len()) {
		if c := cmp.Compare(n.digit(i), m.digit(i)); c != 0 {
			return c
		}
	}
	return cmp.Compare(n.len(), m.len())
}

func (n number) digit(i int) byte {
	if i < len(n.whole) {
		return n.whole[i]
	}
	return n.frac[i-len(n.whole)]
}

// uint returns the digits from i to j, at most 18 of them, as an integer.
func (n number) uint(i, j int) uint64 {
	var u uint64
	for ; i < j; i++ {
		u = u*10 + uint64(n.digit(i)-'0')
	}
	return u
}

// divisible tells whether the digits of n, as an integer, × 10^k are a
// multiple of m, which isn't zero.
func (n number) divisible(m uint64, k int) bool {
	var r uint64
	shift := func(f, plus uint64) {
		hi, lo := bits.Mul64(r, f%m)
		_, r = bits.Div64(hi, lo, m)
		r = (r + plus%m) % m
	}
	for i := 0; i < n.len(); {
		j := min(i+18, n.len())
		shift(pow10(j-i), n.uint(i, j))
		i = j
	}
	for range k {
		shift(10, 0)
	}
	return r == 0
}

// divisibleBig is divisible by the digits of m, of which there are many. It
// goes through n piece by piece, since one division of all of n would take
// time with the square of its length.
func (n number) divisibleBig(m number, k int) bool {
	of, _ := new(big.Int).SetString(m.whole+m.frac, 10)
	if of == nil {
		return false
	}
	var r, f big.Int
	for i := 0; i < n.len(); {
		j := min(i+18, n.len())
		r.Mul(&r, f.SetUint64(pow10(j-i)))
		r.Add(&r, f.SetUint64(n.uint(i, j)))
		r.Mod(&r, of)
		i = j
	}
	f.Exp(big.NewInt(10), big.NewInt(int64(k)), of)
	r.Mul(&r, &f)
	return r.Mod(&r, of).Sign() == 0
}

// pow10 returns 10^k, for k up to 18.
func pow10(k int) uint64 {
	u := uint64(1)
	for range k {
		u *= 10
	}
	return u
}
