package decimal

import (
	"cmp"
	"strconv"
	"strings"
)

// An exponent is an integer of any size.
type exponent struct {
	small int64 // the value, if digits is ""

	// Otherwise the value has this sign and these digits, which are more than
	// 18 (or 18, after plus) and begin with none of 0.
	neg    bool
	digits string
}

func parseExponent(s string) exponent {
	digits, neg := strings.CutPrefix(s, "-")
	if !neg {
		digits = strings.TrimPrefix(digits, "+")
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > 18 {
		return exponent{neg: neg, digits: digits}
	}
	n, _ := small(digits)
	if neg {
		n = -n
	}
	return exponent{small: n}
}

// plus returns e+n, for an n that is small beside 10^18, such as a length.
func (e exponent) plus(n int64) exponent {
	if e.digits == "" {
		return exponent{small: e.small + n}
	}
	if e.neg {
		n = -n
	}
	sum := []byte(e.digits)
	for i := len(sum) - 1; i >= 0 && n != 0; i-- {
		n += int64(sum[i] - '0')
		d := n % 10
		n /= 10
		if d < 0 {
			d += 10
			n--
		}
		sum[i] = byte(d) + '0'
	}
	if n > 0 {
		sum = append([]byte{'1'}, sum...)
	}
	e.digits = strings.TrimLeft(string(sum), "0")
	return e
}

func (e exponent) sign() int {
	switch {
	case e.digits == "":
		return cmp.Compare(e.small, 0)
	case e.neg:
		return -1
	}
	return 1
}

func (e exponent) compare(f exponent) int {
	if e.digits == "" && f.digits == "" {
		return cmp.Compare(e.small, f.small)
	}
	if s := e.sign(); s != f.sign() {
		return cmp.Compare(s, f.sign())
	}
	a, b := e.text(), f.text()
	c := cmp.Compare(len(a), len(b))
	if c == 0 {
		c = strings.Compare(a, b)
	}
	return c * e.sign()
}

// text returns the digits of e without a sign.
func (e exponent) text() string {
	if e.digits != "" {
		return e.digits
	}
	return strings.TrimPrefix(strconv.FormatInt(e.small, 10), "-")
}
