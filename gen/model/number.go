package model

import (
	"encoding/json"
	"math/big"
	"strings"
)

// Rational returns the value of a decimal text. It returns nil if the text is no
// number, or has an exponent beyond what is worth expanding.
func Rational(text string) *big.Rat {
	if i := strings.IndexAny(text, "eE"); i >= 0 && len(text)-i > 5 {
		return nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return r
}

// Canonical returns a text that the JSON texts of two scalar values share if and
// only if the values are the same: numbers may be spelled in many ways.
func Canonical(text string) string {
	if JSONTypeOf(text) == JSONNumber {
		if r := Rational(text); r != nil {
			return r.RatString()
		}
	}
	return text
}

// Plain returns the JSON text of a value without the quotes of a string.
func Plain(text string) string {
	var s string
	if JSONTypeOf(text) == JSONString && json.Unmarshal([]byte(text), &s) == nil {
		return s
	}
	return text
}
