package sample

import (
	"math/big"

	"github.com/tpp-rpc/tpp/gen/model"
)

// number returns a number within the bounds of c, 0 if that fits. It has a
// fraction only if it may have one and the bounds ask for it.
func number(c *model.Checks, fraction bool) string {
	step := big.NewRat(1, 1)
	if of, ok := new(big.Rat).SetString(c.MultipleOf); ok && of.Sign() > 0 {
		step = of
	} else if fraction {
		step = big.NewRat(1, 1000)
	}
	for _, from := range []string{"0", c.Minimum, c.ExclusiveMinimum, c.Maximum, c.ExclusiveMaximum} {
		bound, ok := new(big.Rat).SetString(from)
		if !ok {
			continue
		}
		steps := new(big.Int).Quo(new(big.Rat).Quo(bound, step).Num(), new(big.Rat).Quo(bound, step).Denom())
		for _, more := range []int64{0, 1, -1} {
			n := new(big.Rat).SetInt(new(big.Int).Add(steps, big.NewInt(more)))
			if n.Mul(n, step); within(n, c) {
				return decimal(n)
			}
		}
	}
	return "0"
}

// within reports whether n fits the bounds of c.
func within(n *big.Rat, c *model.Checks) bool {
	compare := func(bound string) (int, bool) {
		r, ok := new(big.Rat).SetString(bound)
		if !ok {
			return 0, false
		}
		return n.Cmp(r), true
	}
	if d, ok := compare(c.Minimum); ok && d < 0 {
		return false
	}
	if d, ok := compare(c.Maximum); ok && d > 0 {
		return false
	}
	if d, ok := compare(c.ExclusiveMinimum); ok && d <= 0 {
		return false
	}
	d, ok := compare(c.ExclusiveMaximum)
	return !ok || d < 0
}

// decimal returns n as JSON writes it.
func decimal(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	digits, exact := n.FloatPrec()
	if !exact {
		digits = 17
	}
	return n.FloatString(digits)
}
