package golang

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// checked tells whether anything is asked of a t that is written in place,
// beyond what reading it asks.
func (e *emitter) checked(t *model.Type) bool {
	return t.Rules != nil || t.Secret || len(e.checks(t, place{expr: jen.Null()})) > 0
}

// needsStart tells whether the checks of t need the offset its value began at.
func (e *emitter) needsStart(t *model.Type) bool {
	return t.Rules != nil || t.Secret || (t.Kind == model.List || t.Kind == model.Map) && e.checked(t)
}

// judged returns code, which reads a t into p, with the checks of t behind it.
func (e *emitter) judged(t *model.Type, code []jen.Code, p place) []jen.Code {
	if e.needsStart(t) {
		code = append([]jen.Code{jen.Id("at").Op(":=").Add(dec("Offset"))}, code...)
	}
	code = append(code, e.checks(t, p)...)
	if t.Rules != nil {
		code = append(code, e.check(t))
	}
	return append(code, conceal(t)...)
}

// checks writes the checks of t on the value just read into p. Those of lists
// and maps use the offset at.
func (e *emitter) checks(t *model.Type, p place) []jen.Code {
	if t.Import[lang] != "" {
		return nil
	}
	c := &t.Checks
	switch t.Kind {
	case model.String:
		return e.stringChecks(t, p)
	case model.Int, model.Uint, model.Float, model.Number, model.Integer:
		return e.numberChecks(t, p)
	case model.List:
		return listChecks(c, jen.Len(p.value()))
	case model.Map:
		return propertyChecks(c, jen.Len(p.value()))
	}
	return nil
}

// stringChecks writes
//
//	d.Length(v.Name, 1, 64)
//	d.Match(v.Name, reCheckoutName)
func (e *emitter) stringChecks(t *model.Type, p place) []jen.Code {
	c := &t.Checks
	s := p.value()
	if e.n.typ[t] != "" {
		s = jen.String().Call(s)
	}
	var code []jen.Code
	if c.MinLength != nil || c.MaxLength != nil {
		code = append(code, dec("Length", s, bound(c.MinLength, 0), bound(c.MaxLength, -1)))
	}
	if c.Pattern != nil {
		code = append(code, dec("Match", s, jen.Id(e.n.pattern[c.Pattern.Source])))
	}
	if c.Format != "" {
		code = append(code, dec("Format", s, jen.Lit(c.Format)))
	}
	return code
}

// numberChecks writes
//
//	d.Expect(v.Port >= 1, "at least 1")
//	d.Expect(v.Port <= 65535, "at most 65535")
//
// for an int64,
//
//	d.Expect(d.CompareFloat(v.Price, 0.5) >= 0, "at least 0.5")
//
// for a float64 if the bound is one too, and exact checks of the number's text,
//
//	d.Expect(d.Compare("0.1") >= 0, "at least 0.1")
//
// for everything else.
func (e *emitter) numberChecks(t *model.Type, p place) []jen.Code {
	c := &t.Checks
	var code []jen.Code
	for _, check := range []struct{ bound, op, words string }{
		{c.Minimum, ">=", "at least "},
		{c.Maximum, "<=", "at most "},
		{c.ExclusiveMinimum, ">", "more than "},
		{c.ExclusiveMaximum, "<", "less than "},
		{c.MultipleOf, "%", "a multiple of "},
	} {
		if check.bound == "" {
			continue
		}
		holds, bound := e.numberCheck(t, p, check.op, check.bound)
		code = append(code, dec("Expect", holds, jen.Lit(check.words+bound)))
	}
	if c.Strict {
		code = append(code, dec("PlainInteger"))
	}
	return code
}

// numberCheck returns the condition that the t at p has the relation op to a bound, %
// being that it's a multiple; and how messages spell the bound.
func (e *emitter) numberCheck(t *model.Type, p place, op, bound string) (holds *jen.Statement, spelled string) {
	n, notInt := strconv.ParseInt(bound, 10, 64)
	switch {
	case t.Kind == model.Int && notInt == nil && op == "%":
		return p.value().Op("%").Lit(int(n)).Op("==").Lit(0), strconv.FormatInt(n, 10)
	case t.Kind == model.Int && notInt == nil:
		return p.value().Op(op).Op(strconv.FormatInt(n, 10)), strconv.FormatInt(n, 10)
	case t.Kind == model.Float && op != "%" && isFloat64(bound):
		f, _ := strconv.ParseFloat(bound, 64)
		return dec("CompareFloat", e.float64Of(t, p), jen.Op(bound)).Op(op).Lit(0), strconv.FormatFloat(f, 'g', -1, 64)
	case op == "%":
		return dec("MultipleOf", jen.Lit(bound)), bound
	}
	return dec("Compare", jen.Lit(bound)).Op(op).Lit(0), bound
}

// float64Of is the value of a Float at p.
func (e *emitter) float64Of(t *model.Type, p place) *jen.Statement {
	if e.n.typ[t] != "" {
		return jen.Float64().Call(p.value())
	}
	return p.value()
}

// isFloat64 reports whether a bound is exactly a float64, and not one that takes an
// exponent to write.
func isFloat64(bound string) bool {
	f, err := strconv.ParseFloat(bound, 64)
	if err != nil || strings.ContainsAny(bound, "eE") {
		return false
	}
	exact, ok := new(big.Rat).SetString(bound)
	return ok && exact.Cmp(new(big.Rat).SetFloat64(f)) == 0
}

// listChecks writes
//
//	d.Items(at, len(v.Steps), 1, 8)
//	d.Unique(at)
func listChecks(c *model.Checks, n jen.Code) []jen.Code {
	var code []jen.Code
	if c.MinItems != nil || c.MaxItems != nil {
		code = append(code, dec("Items", jen.Id("at"), n, bound(c.MinItems, 0), bound(c.MaxItems, -1)))
	}
	if c.UniqueItems {
		code = append(code, dec("Unique", jen.Id("at")))
	}
	return code
}

// propertyChecks writes d.Properties(at, n, 1, 8).
func propertyChecks(c *model.Checks, n jen.Code) []jen.Code {
	if c.MinProperties == nil && c.MaxProperties == nil {
		return nil
	}
	return []jen.Code{dec("Properties", jen.Id("at"), n, bound(c.MinProperties, 0), bound(c.MaxProperties, -1))}
}

func bound(n *int, none int) jen.Code {
	if n == nil {
		return jen.Lit(none)
	}
	return jen.Lit(*n)
}
