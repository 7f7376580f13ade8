package schema

import (
	"cmp"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// refuses returns why a schema refuses a value, or "". It looks at what is said
// of the value itself, not of the parts of one that has any.
func refuses(p *model.Schema, v *Node, depth int) string {
	if p == nil || depth > 100 || p.Dynamic {
		return ""
	}
	if p.Never {
		return "nothing is"
	}
	if why := refusesType(p, v); why != "" {
		return why
	}
	switch {
	case p.Const != "" && !containsJSON([]string{p.Const}, v.JSON()) && v.Kind != Object && v.Kind != Array:
		return "it must be " + p.Const
	case p.Enum != nil && !containsJSON(p.Enum, v.JSON()) && v.Kind != Object && v.Kind != Array:
		return "it must be one of " + strings.Join(p.Enum, ", ")
	}
	why := ""
	switch v.Kind {
	case Number:
		why = refusesNumber(p, v.Text)
	case String:
		why = refusesString(p, v.Text)
	case Array:
		why = outside(len(v.Items), p.MinItems, p.MaxItems, "items")
	case Object:
		why = outside(len(v.Members), p.MinProperties, p.MaxProperties, "properties")
	}
	for _, part := range slices.Concat([]*model.Schema{p.Ref}, p.AllOf) {
		why = cmp.Or(why, refuses(part, v, depth+1))
	}
	for _, branches := range [][]*model.Schema{p.AnyOf, p.OneOf} {
		if len(branches) > 0 && !slices.ContainsFunc(branches, func(b *model.Schema) bool { return refuses(b, v, depth+1) == "" }) {
			why = cmp.Or(why, "it fits none of the branches")
		}
	}
	return why
}

func refusesType(p *model.Schema, v *Node) string {
	if p.Types != 0 && model.JSONTypeOf(v.JSON())&p.Types == 0 {
		return "it must be " + p.Types.One()
	}
	if p.Int && v.Kind == Number && !remote(v.Text) && !isInteger(v.Text) {
		return "it must be an integer"
	}
	return ""
}

func refusesNumber(p *model.Schema, text string) string {
	if remote(text) {
		return ""
	}
	v := rat(text)
	for _, bound := range []struct {
		text, words string
		side        int // of v, beyond the bound
		exclusive   bool
	}{
		{p.Minimum, "at least", -1, false}, {p.Maximum, "at most", 1, false},
		{p.ExclusiveMinimum, "more than", -1, true}, {p.ExclusiveMaximum, "less than", 1, true},
	} {
		if bound.text == "" || remote(bound.text) {
			continue
		}
		if order := v.Cmp(rat(bound.text)); order == bound.side || order == 0 && bound.exclusive {
			return fmt.Sprintf("it must be %s %s", bound.words, bound.text)
		}
	}
	if p.MultipleOf != "" && rat(p.MultipleOf).Sign() != 0 && !new(big.Rat).Quo(v, rat(p.MultipleOf)).IsInt() {
		return "it must be a multiple of " + p.MultipleOf
	}
	return ""
}

func refusesString(p *model.Schema, text string) string {
	if p.Pattern != nil {
		if re2, ok, _ := ecma.Translate(p.Pattern.Source); ok && !regexp.MustCompile(re2).MatchString(text) {
			return "it must match " + p.Pattern.Source
		}
	}
	return outside(utf8.RuneCountInString(text), p.MinLength, p.MaxLength, "characters")
}

// outside returns what is wrong with a number of things.
func outside(n int, low, high *int, things string) string {
	switch {
	case low != nil && n < *low:
		return fmt.Sprintf("it must have %d or more %s", *low, things)
	case high != nil && n > *high:
		return fmt.Sprintf("it must have %d or fewer %s", *high, things)
	}
	return ""
}
