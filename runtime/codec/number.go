package codec

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/runtime/internal/decimal"
)

// Int64 reads a number whose value is an integer, however it's written, such
// as 100, 100.0 and 1e2.
func (d *Decoder) Int64() int64 {
	u, neg := d.integer("an integer that fits 64 bits")
	switch {
	case !neg && u <= math.MaxInt64:
		return int64(u)
	case neg && u <= 1<<63:
		return -int64(u)
	}
	d.mistaken("an integer that fits 64 bits")
	return 0
}

// Uint64 reads a number whose value is an integer and isn't negative, however
// it's written.
func (d *Decoder) Uint64() uint64 {
	const want = "a non-negative integer that fits 64 bits"
	u, neg := d.integer(want)
	if neg && u > 0 {
		d.mistaken(want)
		return 0
	}
	return u
}

// integer reads a number whose value is an integer; want is told of one too
// big for 64 bits and a sign.
func (d *Decoder) integer(want string) (abs uint64, neg bool) {
	c := d.peek()
	i := d.pos
	if c == '-' {
		neg = true
		i++
	}
	start := i
	for i < len(d.data) && i-start < 19 {
		c := d.data[i] - '0'
		if c > 9 {
			break
		}
		abs = abs*10 + uint64(c)
		i++
	}
	if i > start && i < len(d.data) && i-start < 19 && (d.data[start] != '0' || i-start == 1) {
		if c := d.data[i]; c != '.' && c != 'e' && c != 'E' {
			d.last = d.pos
			d.pos = i
			return abs, neg
		}
	}

	if !d.number("an integer") {
		return 0, false
	}
	s := d.token()
	if !decimal.IsInteger(s) {
		d.mistaken("an integer")
		return 0, false
	}
	abs, neg, ok := decimal.Uint64(s)
	if !ok {
		d.mistaken(want)
		return 0, false
	}
	return abs, neg
}

// Float64 reads a number and rounds it to 64 bits.
func (d *Decoder) Float64() float64 {
	if !d.number("a number") {
		return 0
	}
	token := d.data[d.last:d.pos]
	if f, ok := shortFloat(token); ok {
		return f
	}
	f, err := strconv.ParseFloat(alias(token), 64)
	if err != nil {
		d.mistaken("a number that fits 64 bits")
		return 0
	}
	return f
}

// Number reads a number of any size and returns its text.
func (d *Decoder) Number() json.Number {
	if !d.number("a number") {
		return ""
	}
	return json.Number(d.share(d.last, d.pos))
}

// Integer reads a number of any size whose value is an integer, however it's
// written, and returns its text.
func (d *Decoder) Integer() json.Number {
	if !d.number("an integer") {
		return ""
	}
	if !decimal.IsInteger(d.token()) {
		d.mistaken("an integer")
		return ""
	}
	return json.Number(d.share(d.last, d.pos))
}

// token returns the text of the number that was read last, and nothing since.
// It's good for a check at once, not for keeping.
func (d *Decoder) token() string {
	if d.failed || d.last == d.bad {
		return "0"
	}
	return alias(d.data[d.last:d.pos])
}

// PlainInteger checks that the number that was read last has no fraction and no
// exponent: 1.0 is an integer, but isn't written as one.
func (d *Decoder) PlainInteger() {
	if strings.ContainsAny(d.token(), ".eE") {
		d.mistaken("an integer without fraction and exponent")
	}
}

// number passes over a number, which want describes.
func (d *Decoder) number(want string) bool {
	if c := d.peek(); c != '-' && c-'0' > 9 {
		d.mistyped(want)
		return false
	}
	end, wrong := skipNumber(d.data, d.pos)
	if wrong != "" {
		d.syntax(end, wrong)
		return false
	}
	d.last = d.pos
	d.pos = end
	return true
}

// shortFloat converts a valid number of few digits. An integer below 2^53 and
// a power of ten up to 22 are exact as float64, and so their quotient is rounded
// once, as it should be.
func shortFloat(s []byte) (f float64, ok bool) {
	neg := s[0] == '-'
	if neg {
		s = s[1:]
	}
	if len(s) > 16 {
		return 0, false
	}
	var n uint64
	point := len(s) - 1
	for i, c := range s {
		switch {
		case c == '.':
			point = i
		case c-'0' > 9:
			return 0, false
		default:
			n = n*10 + uint64(c-'0')
		}
	}
	if n >= 1<<53 {
		return 0, false
	}
	f = float64(n) / tens[len(s)-1-point]
	if neg {
		f = -f
	}
	return f, true
}

var tens = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16}
