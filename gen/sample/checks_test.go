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

// A type that asks for too much, or for itself, still gets a document, which is short.
func TestDocument_hostile(t *testing.T) {
	self := &model.Type{Kind: model.List, Checks: model.Checks{MinItems: new(1)}}
	self.Elem = self
	nested := &model.Type{Kind: model.Bool}
	for range 4 {
		nested = &model.Type{Kind: model.List, Checks: model.Checks{MinItems: new(300)}, Elem: nested}
	}
	if got := string(Document(self, Options{})); got != "[null]" {
		t.Errorf("a list that holds itself is %s", got)
	}
	if got := Document(nested, Options{}); len(got) > 2*longest {
		t.Errorf("lists of many lists have %d bytes", len(got))
	}
}
