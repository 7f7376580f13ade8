package shape

import (
	"math"
	"math/big"
	"strings"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// formatOf returns the format that stands in the schema, asserted or not.
func formatOf(s *model.Schema) string {
	if s.Notes != nil {
		return s.Notes.Format
	}
	return s.Format
}

// text makes t the type of strings.
func (sh *shaper) text(t *model.Type, rest *model.Schema) {
	t.Kind = model.String
	plain := rest.MinLength == nil && rest.MaxLength == nil && rest.Pattern == nil
	format := formatOf(rest)
	shape := plain && rest.ContentEncoding == "" && (!sh.contract || sh.formats)
	switch {
	case shape && format == "date-time":
		t.Kind, rest.Format = model.DateTime, ""
		t.FormatChecked = true
	case shape && (format == "ipv4" || format == "ipv6"):
		t.Kind, rest.Format = model.Addr, ""
		t.Checks.Format = format
		t.FormatChecked = true
	case plain && rest.Format == "" && rest.ContentEncoding == "base64" && rest.ContentMediaType == "":
		t.Kind, rest.ContentEncoding = model.Bytes, ""
	default:
		t.Checks.MinLength, t.Checks.MaxLength = rest.MinLength, rest.MaxLength
		t.Checks.Pattern, t.Checks.Format = rest.Pattern, rest.Format
		rest.MinLength, rest.MaxLength, rest.Pattern, rest.Format = nil, nil, nil, ""
	}
	rest.Types = 0
	keyword.RemoveOthers(rest, model.JSONString)
}

// number makes t the type of numbers. In a contract an integer has 64 bits and
// a number is a float64, unless its format says decimal; in a schema alone,
// where nothing bounds a number, it is kept as text.
func (sh *shaper) number(t *model.Type, rest *model.Schema) {
	t.Checks = model.Checks{
		Minimum: rest.Minimum, Maximum: rest.Maximum,
		ExclusiveMinimum: rest.ExclusiveMinimum, ExclusiveMaximum: rest.ExclusiveMaximum,
		MultipleOf: rest.MultipleOf, Strict: rest.Strict,
	}
	isInt := rest.Int
	format := formatOf(rest)
	rest.Types = 0
	keyword.RemoveOthers(rest, 0)
	wide := model.Any
	if rest.Notes != nil {
		wide = rest.Notes.Wide
	}
	if wide == model.Any && sh.options.Int64 {
		wide = model.Int
	}
	if isInt && (!sh.contract || wide != model.Any) {
		t.Kind = boundedInteger(&t.Checks)
		if t.Kind == model.Integer && wide != model.Any {
			t.Kind, t.Narrow = wide, true
		}
		return
	}
	if !sh.contract {
		t.Kind = model.Number
		return
	}
	row := keyword.FormatNamed(format)
	sized := row != nil && row.About == model.JSONNumber && format != "decimal"
	t.FormatChecked = sized
	switch {
	case format == "decimal" && isInt:
		t.Kind = model.Integer
	case format == "decimal":
		t.Kind = model.Number
	case format == "uint64":
		t.Kind = model.Uint
	case sized && format != "int64":
		t.Kind = model.Int
		t.Checks.Minimum = tighter(t.Checks.Minimum, row.Minimum, -1)
		t.Checks.Maximum = tighter(t.Checks.Maximum, row.Maximum, 1)
	case sized:
		t.Kind = model.Int
	case isInt:
		t.Kind = contractInteger(&t.Checks)
	default:
		t.Kind = model.Float
	}
}

// tighter returns the bound that lets less through; side is -1 for minima and 1
// for maxima.
func tighter(declared, format string, side int) string {
	if declared == "" {
		return format
	}
	if rational(declared).Cmp(rational(format)) == side {
		return format
	}
	return declared
}

// boundedInteger returns Int or Uint if the bounds of an integer keep it within
// 64 bits, and Integer if not.
func boundedInteger(c *model.Checks) model.Kind {
	low, high := c.Minimum, c.Maximum
	if low == "" {
		low = c.ExclusiveMinimum
	}
	if high == "" {
		high = c.ExclusiveMaximum
	}
	within := func(bound string, min, max *big.Rat) bool {
		return bound != "" && len(bound) < 30 && !strings.ContainsAny(bound, "eE") &&
			rational(bound).Cmp(min) >= 0 && rational(bound).Cmp(max) <= 0
	}
	minInt, maxInt := new(big.Rat).SetInt64(math.MinInt64), new(big.Rat).SetInt64(math.MaxInt64)
	switch {
	case within(low, minInt, maxInt) && within(high, minInt, maxInt):
		return model.Int
	case within(low, new(big.Rat), maxInt) && within(high, new(big.Rat), new(big.Rat).SetUint64(math.MaxUint64)):
		return model.Uint
	}
	return model.Integer
}

// contractInteger returns how an integer of a contract is held. It has 64 bits and a sign,
// unless its bounds ask for more.
func contractInteger(c *model.Checks) model.Kind {
	minInt, maxInt := new(big.Rat).SetInt64(math.MinInt64), new(big.Rat).SetInt64(math.MaxInt64)
	maxUint := new(big.Rat).SetUint64(math.MaxUint64)
	one := big.NewRat(1, 1)
	// beyond reports whether a bound lets integers through that are further away from
	// zero than a limit.
	beyond := func(bound string, limit *big.Rat) bool {
		return bound != "" && rational(bound).Cmp(limit) == limit.Sign()
	}
	high := beyond(c.Maximum, maxInt) || beyond(c.ExclusiveMaximum, new(big.Rat).Add(maxInt, one))
	higher := beyond(c.Maximum, maxUint) || beyond(c.ExclusiveMaximum, new(big.Rat).Add(maxUint, one))
	low := beyond(c.Minimum, minInt) || beyond(c.ExclusiveMinimum, new(big.Rat).Sub(minInt, one))
	negative := c.Minimum != "" && rational(c.Minimum).Sign() < 0 || c.ExclusiveMinimum != "" && rational(c.ExclusiveMinimum).Cmp(new(big.Rat).Neg(one)) < 0
	switch {
	case low || higher || high && negative:
		return model.Integer
	case high || beyond(c.Minimum, maxInt) || c.ExclusiveMinimum != "" && rational(c.ExclusiveMinimum).Cmp(maxInt) >= 0:
		return model.Uint
	}
	return model.Int
}

func isInteger(text string) bool { return rational(text).IsInt() }

// rational is model.Rational with 0 for what that can't tell.
func rational(text string) *big.Rat {
	if r := model.Rational(text); r != nil {
		return r
	}
	return new(big.Rat)
}
