package golang

import (
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/model"
)

// What a value must be stands in a comment, in the order in which it's checked.
func TestLimits(t *testing.T) {
	for want, typ := range map[string]*model.Type{
		"": {Kind: model.String, Checks: model.Checks{MinLength: new(0)}},
		"Exactly 2 characters. Matches ^[A-Z]+$.":               {Kind: model.String, Checks: model.Checks{MinLength: new(2), MaxLength: new(2), Pattern: &model.Pattern{Source: "^[A-Z]+$"}}},
		"At most 1 character. Matches a pattern. Format email.": {Kind: model.String, Checks: model.Checks{MaxLength: new(1), Pattern: &model.Pattern{Source: "a\nb"}, Format: "email"}},
		"1 to 65535. A multiple of 5.":                          {Kind: model.Int, Checks: model.Checks{Minimum: "1", Maximum: "65535", MultipleOf: "5"}},
		"More than 0 and at most 1e3.":                          {Kind: model.Number, Checks: model.Checks{ExclusiveMinimum: "0", Maximum: "1e3"}},
		"No items.":                                             {Kind: model.List, Checks: model.Checks{MaxItems: new(0)}},
		"At least 1 item. No two items are equal.":              {Kind: model.List, Checks: model.Checks{MinItems: new(1), UniqueItems: true}},
		"2 to 3 properties.":                                    {Kind: model.Map, Checks: model.Checks{MinProperties: new(2), MaxProperties: new(3)}},
	} {
		if got := strings.Join(limits(typ), " "); got != want {
			t.Errorf("limits of %v are %q, want %q", typ.Kind, got, want)
		}
	}
}

// A comment breaks its lines anywhere but in a pattern.
func TestComment_keepsSpaces(t *testing.T) {
	text := strings.Repeat("word ", 14) + matches("^[a-z A-Z  0-9]+$")
	if got := comment(text, 0); !strings.Contains(got, "^[a-z A-Z  0-9]+$") {
		t.Errorf("the pattern is broken in\n%s", got)
	}
}
