package main

import (
	"path/filepath"
	"testing"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// TestSkeleton makes the skeletons of all requests of ToxicBuild's services;
// each is a request that its contract allows.
func TestSkeleton(t *testing.T) {
	files, err := filepath.Glob("../../schemas/toxicbuild/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no contracts: %v", err)
	}
	for _, file := range files {
		c, err := schema.Load(file, schema.Options{})
		if err != nil {
			t.Fatal(err)
		}
		v, err := schema.NewValidator(file, schema.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, all := range []bool{false, true} {
			d := &describing{all: all, contract: c, validator: v}
			for _, a := range c.Service.Actions {
				doc := d.requestOf(a)
				if err := v.Request(a.Name, doc); err != nil {
					t.Errorf("%s: skeleton of %s (all: %v) is %s: %v", filepath.Base(file), a.Name, all, doc, err)
				}
			}
		}
	}
}

func TestSampleString(t *testing.T) {
	for _, tt := range []struct{ pattern, format, want string }{
		{"", "", ""},
		{`^[a-z]{3}$`, "", "aaa"},
		{`^(red|blue)-[0-9]+$`, "", "red-0"},
		{`^[^a-z]?x*\d\d$`, "", "00"},
		{"", "uuid", "00000000-0000-0000-0000-000000000000"},
	} {
		c := &model.Checks{Format: tt.format}
		if tt.pattern != "" {
			c.Pattern = &model.Pattern{RE2: tt.pattern}
		}
		if got := sampleString(c); got != tt.want {
			t.Errorf("sampleString(%q, %q) = %q, want %q", tt.pattern, tt.format, got, tt.want)
		}
	}
	if got := sampleString(&model.Checks{MinLength: new(4), Pattern: &model.Pattern{RE2: `^[0-9]+$`}}); got != "00000" && got != "0000" {
		t.Errorf("sampleString of four digits or more = %q", got)
	}
}

func TestSampleNumber(t *testing.T) {
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
		if got := sampleNumber(&tt.checks, tt.fraction); got != tt.want {
			t.Errorf("sampleNumber(%+v) = %s, want %s", tt.checks, got, tt.want)
		}
	}
}
