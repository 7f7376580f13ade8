package sample

import (
	"testing"

	"github.com/tpp-rpc/tpp/gen/model"
)

func TestText(t *testing.T) {
	for _, tt := range []struct{ pattern, format, want string }{
		{"", "", ""},
		{`^[a-z]{3}$`, "", "aaa"},
		{`^(red|blue)-[0-9]+$`, "", "red-0"},
		{`^[^a-z]?x*\d\d$`, "", "00"},
		{"", "uuid", "00000000-0000-0000-0000-000000000000"},
	} {
		c := &model.Checks{Format: tt.format}
		if tt.pattern != "" {
			c.Pattern = &model.Pattern{Source: tt.pattern}
		}
		if got := text(c); got != tt.want {
			t.Errorf("text(%q, %q) = %q, want %q", tt.pattern, tt.format, got, tt.want)
		}
	}
	if got := text(&model.Checks{MinLength: new(4), Pattern: &model.Pattern{Source: `^[0-9]+$`}}); got != "00000" && got != "0000" {
		t.Errorf("text of four digits or more = %q", got)
	}
}

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		checks   model.Checks
		fraction bool
		want     string
	}{
		{model.Checks{}, false, "0"},
		{model.Checks{Minimum: "3"}, false, "3"},
		{model.Checks{Minimum: "2.5"}, false, "3"},
		{model.Checks{ExclusiveMinimum: "3"}, false, "4"},
		{model.Checks{Maximum: "-3"}, false, "-3"},
		{model.Checks{ExclusiveMaximum: "-3"}, false, "-4"},
		{model.Checks{Minimum: "7", MultipleOf: "5"}, false, "10"},
		{model.Checks{ExclusiveMinimum: "0", ExclusiveMaximum: "0.5"}, true, "0.001"},
	} {
		if got := number(&tt.checks, tt.fraction); got != tt.want {
			t.Errorf("number(%+v) = %s, want %s", tt.checks, got, tt.want)
		}
	}
}
