package validate

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/runtime/format"
	"github.com/tpp-rpc/tpp/runtime/internal/decimal"
)

func (e *evaluation) ofKind(s *node, at, _ int) bool {
	return e.hasKind(s.kinds, at) || e.loud() && e.wrongKind(s.kinds, at)
}

func (e *evaluation) ofEnum(s *node, at, _ int) bool {
	return e.inEnum(s, at) || e.loud() && e.notConstant(s, at)
}

// hasKind reports if the value at a token is of one of the kinds.
func (e *evaluation) hasKind(kinds kind, at int) bool {
	k := e.tokens[at].kind
	switch {
	case kinds&k != 0:
		return true
	case k != number:
		return false
	case kinds&integer != 0:
		return decimal.IsInteger(e.raw(at))
	}
	return kinds&strictInteger != 0 && !strings.ContainsAny(e.raw(at), ".eE")
}

// inEnum reports if the value at a token is one of those of enum.
func (e *evaluation) inEnum(s *node, at int) bool {
	// A large array isn't worth a look if no value is an array.
	if s.enumKinds&e.tokens[at].kind == 0 {
		return false
	}
	e.scratch = e.appendCanonical(e.scratch[:0], at)
	return s.enum[string(e.scratch)]
}

// number judges by the bounds of numbers.
func (e *evaluation) number(s *node, at, _ int) bool {
	n := e.raw(at)
	switch {
	case s.minimum != "" && decimal.Compare(n, s.minimum) < 0:
		return e.loud() && e.fail(at, "at least "+s.minimum, e.describe(at))
	case s.maximum != "" && decimal.Compare(n, s.maximum) > 0:
		return e.loud() && e.fail(at, "at most "+s.maximum, e.describe(at))
	case s.over != "" && decimal.Compare(n, s.over) <= 0:
		return e.loud() && e.fail(at, "more than "+s.over, e.describe(at))
	case s.under != "" && decimal.Compare(n, s.under) >= 0:
		return e.loud() && e.fail(at, "less than "+s.under, e.describe(at))
	case s.multipleOf != "" && !decimal.MultipleOf(n, s.multipleOf):
		return e.loud() && e.fail(at, "a multiple of "+s.multipleOf, e.describe(at))
	}
	return true
}

// string judges by the keywords about strings.
func (e *evaluation) string(s *node, at, _ int) bool {
	v := e.str(at)
	if s.minLength >= 0 || s.maxLength >= 0 {
		switch n := length(v); {
		case n < s.minLength:
			return e.loud() && e.fail(at, "at least "+plural(s.minLength, "character", "characters"), strconv.Itoa(n))
		case s.maxLength >= 0 && n > s.maxLength:
			return e.loud() && e.fail(at, "at most "+plural(s.maxLength, "character", "characters"), strconv.Itoa(n))
		}
	}
	if s.pattern != nil && !e.matches(s.pattern, v, at) {
		return e.loud() && e.fail(at, "a match of "+s.pattern.source, e.describe(at))
	}
	if s.format != "" && !format.Valid(s.format, v) {
		return e.loud() && e.fail(at, format.Phrase(s.format), e.describe(at))
	}
	return e.content(s, at, v)
}

// matches reports if s matches p. A pattern that gives up ends the evaluation.
func (e *evaluation) matches(p *pattern, s string, at int) bool {
	ok, err := p.match(e.doc, replaceHalves(s))
	if err != nil {
		return e.giveUp(at, "a string that "+p.source+" can judge in time")
	}
	return ok
}

// content judges by contentEncoding, which is base64, and contentMediaType,
// which is JSON.
func (e *evaluation) content(s *node, at int, v string) bool {
	data := []byte(v)
	if s.encoding != "" {
		var err error
		if data, err = base64.StdEncoding.Strict().DecodeString(v); err != nil || strings.ContainsAny(v, "\r\n") {
			return e.loud() && e.fail(at, "bytes in base64", e.describe(at))
		}
	}
	if s.media != "" && !json.Valid(data) {
		return e.loud() && e.fail(at, "a string that holds JSON", e.describe(at))
	}
	return true
}
