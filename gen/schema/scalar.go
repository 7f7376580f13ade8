package schema

import (
	"encoding/json"
	"math"
	"math/big"
	"path"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// constants makes t an enum or a constant, if that's what the schema is, and
// reports whether it did.
func (l *lowerer) constants(t *model.Type, rest *model.Schema, types model.JSONType) bool {
	values, docs := rest.Enum, map[string]*Node{}
	switch {
	case rest.Const != "" && (values == nil || containsJSON(values, rest.Const)):
		values = []string{rest.Const}
	case rest.Const != "":
		values = []string{} // it can't be both
	case values == nil && rest.OneOf != nil && rest.AnyOf == nil:
		values = l.constantBranches(rest.OneOf, docs)
	case values == nil && rest.AnyOf != nil && rest.OneOf == nil:
		values = l.constantBranches(rest.AnyOf, docs)
	}
	if values == nil {
		return false
	}
	var names *Node
	if n := l.nodes[rest]; n != nil {
		names = n.Member("x-go-names")
	}
	seen := map[string]bool{}
	for i, v := range values {
		kind := model.JSONTypeOf(v)
		if kind&types == 0 || rest.Types != 0 && kind&rest.Types == 0 || rest.Int && kind == model.JSONNumber && !isInteger(v) {
			continue
		}
		if seen[canonical(v)] {
			continue
		}
		seen[canonical(v)] = true
		value := model.Value{JSON: v, Pos: rest.Pos, Words: []string{plainText(v)}}
		if len(values) == len(rest.ValuePos) {
			value.Pos = rest.ValuePos[i]
		}
		if n := docs[v]; n != nil {
			value.Pos = n.Pos()
			value.Doc = doc(n)
			if title, ok := n.Member("title").Str(); ok && kind != model.JSONString {
				value.Words = []string{title}
			}
			value.Names = goNames(n, "x-go-name")
		}
		if name, ok := names.Member(plainText(v)).Str(); ok {
			value.Names = model.Names{"go": name}
		}
		t.Values = append(t.Values, value)
	}
	structured := slices.ContainsFunc(t.Values, func(v model.Value) bool {
		return model.JSONTypeOf(v.JSON)&(model.JSONArray|model.JSONObject) != 0
	})
	switch {
	case len(t.Values) == 0:
		t.Kind = model.Never
	case len(t.Values) == 1 && !(rest.Enum != nil && definition(rest) && model.JSONTypeOf(t.Values[0].JSON) == model.JSONString):
		t.Kind = model.Const
	case structured:
		t.Kind, t.Values = model.Any, nil
		return true // the rules decide
	default:
		t.Kind = model.Enum
	}
	if len(docs) > 0 {
		rest.OneOf, rest.AnyOf = nil, nil
	}
	rest.Enum, rest.Const, rest.Types, rest.Int, rest.Strict = nil, "", 0, false, false
	keyword.Vacate(rest, types)
	return true
}

// definition reports whether a schema stands among the definitions. An enum
// there stays one even if it has a single value: it's named for what may
// become more.
func definition(s *model.Schema) bool {
	dir := path.Dir(s.Pointer)
	return strings.HasSuffix(dir, "#/$defs") || strings.HasSuffix(dir, "#/definitions")
}

// constantBranches returns the constants that the branches of a union are, and
// where they stand; nil if a branch is anything else, or two are the same.
func (l *lowerer) constantBranches(branches []*model.Schema, docs map[string]*Node) []string {
	var values []string
	seen := map[string]bool{}
	for _, b := range branches {
		rest := *b
		rest.Const, rest.Enum, rest.Types = "", nil, 0
		list := b.Enum
		if b.Const != "" {
			list = []string{b.Const}
		}
		if !keyword.Blank(&rest) || list == nil || b.Types != 0 && b.Types&^(model.JSONNumber|model.JSONString|model.JSONNull) != 0 {
			clear(docs)
			return nil
		}
		for _, v := range list {
			if seen[canonical(v)] || b.Types != 0 && model.JSONTypeOf(v)&b.Types == 0 {
				clear(docs)
				return nil
			}
			seen[canonical(v)] = true
			values = append(values, v)
			docs[v] = nil
			if len(list) == 1 {
				docs[v] = l.nodes[b]
			}
		}
	}
	return values
}

func containsJSON(list []string, v string) bool {
	return slices.ContainsFunc(list, func(have string) bool { return canonical(have) == canonical(v) })
}

// canonical returns a text that scalar constants share if and only if they are
// the same value: numbers may be spelled in many ways.
func canonical(v string) string {
	if model.JSONTypeOf(v) == model.JSONNumber && !remote(v) {
		return rat(v).RatString()
	}
	return v
}

// plainText returns the text of a constant: of a string, what's between the
// quotes.
func plainText(v string) string {
	var s string
	if json.Unmarshal([]byte(v), &s) == nil && v != "null" {
		return s
	}
	return v
}

// format returns the format that stands in the schema, asserted or not.
func (l *lowerer) format(s *model.Schema) string {
	if n := l.nodes[s]; n != nil {
		f, _ := n.Member("format").Str()
		return f
	}
	return s.Format
}

// text makes t the type of strings.
func (l *lowerer) text(t *model.Type, rest *model.Schema) {
	t.Kind = model.String
	plain := rest.MinLength == nil && rest.MaxLength == nil && rest.Pattern == nil
	format := l.format(rest)
	shape := plain && rest.ContentEncoding == "" && (!l.contract || l.options.AssertFormats)
	switch {
	case shape && format == "date-time":
		t.Kind, rest.Format = model.DateTime, ""
	case shape && (format == "ipv4" || format == "ipv6"):
		t.Kind, rest.Format = model.Addr, ""
		t.Checks.Format = format
	case plain && rest.Format == "" && rest.ContentEncoding == "base64" && rest.ContentMediaType == "":
		t.Kind, rest.ContentEncoding = model.Bytes, ""
	default:
		t.Checks.MinLength, t.Checks.MaxLength = rest.MinLength, rest.MaxLength
		t.Checks.Pattern, t.Checks.Format = rest.Pattern, rest.Format
		rest.MinLength, rest.MaxLength, rest.Pattern, rest.Format = nil, nil, nil, ""
	}
	rest.Types = 0
	keyword.Vacate(rest, model.JSONString)
}

// integerFormats are the ranges of the formats that contracts know.
var integerFormats = map[string][2]string{
	"int8": {"-128", "127"}, "uint8": {"0", "255"},
	"int16": {"-32768", "32767"}, "uint16": {"0", "65535"},
	"int32": {"-2147483648", "2147483647"}, "uint32": {"0", "4294967295"},
	"int64": {}, "uint64": {}, // as wide as their types
}

// number makes t the type of numbers. In a contract an integer has 64 bits and
// a number is a float64, unless its format says decimal; in a schema alone,
// where nothing bounds a number, it is kept as text.
func (l *lowerer) number(t *model.Type, rest *model.Schema) {
	t.Checks = model.Checks{
		Minimum: rest.Minimum, Maximum: rest.Maximum,
		ExclusiveMinimum: rest.ExclusiveMinimum, ExclusiveMaximum: rest.ExclusiveMaximum,
		MultipleOf: rest.MultipleOf, Strict: rest.Strict,
	}
	isInt := rest.Int
	format := l.format(rest)
	rest.Types = 0
	keyword.Vacate(rest, 0)
	if !l.contract {
		t.Kind = model.Number
		if isInt {
			t.Kind = boundedInteger(&t.Checks)
		}
		return
	}
	bounds, sized := integerFormats[format]
	switch {
	case format == "decimal" && isInt:
		t.Kind = model.Integer
	case format == "decimal":
		t.Kind = model.Number
	case format == "uint64":
		t.Kind = model.Uint
	case sized && format != "int64":
		t.Kind = model.Int
		t.Checks.Minimum = tighter(t.Checks.Minimum, bounds[0], -1)
		t.Checks.Maximum = tighter(t.Checks.Maximum, bounds[1], 1)
	case isInt || sized:
		t.Kind = model.Int
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
	if rat(declared).Cmp(rat(format)) == side {
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
			rat(bound).Cmp(min) >= 0 && rat(bound).Cmp(max) <= 0
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

// remote reports whether a number's exponent is beyond what is worth expanding.
func remote(text string) bool {
	i := strings.IndexAny(text, "eE")
	return i >= 0 && len(text)-i > 5
}

// rat returns the value of a number; it is 0 for a remote one.
func rat(text string) *big.Rat {
	if remote(text) {
		return new(big.Rat)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return new(big.Rat)
	}
	return r
}

func isInteger(text string) bool { return rat(text).IsInt() }
