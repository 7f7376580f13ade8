package golang_test

import (
	"go/token"
	"testing"

	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
)

func TestPackageWord(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"slave", "slave"},
		{"Repo_List-2", "repolist2"},
		{"1st", "x1st"},
		{"--", "x"},
		{"", "x"},
		{"été", "été"},
		{"日本", "日本"},
		{"type", "typepkg"},
		{"Func", "funcpkg"},
		{"main", "mainpkg"},
		{"init", "initpkg"},
		{"string", "stringpkg"},
		{"nil", "nilpkg"},
		{"documentation", "documentationpkg"},
		{"internal", "internalpkg"},
		{"context", "context"},
	} {
		got := golang.PackageWord(tt.name)
		if got != tt.want || !token.IsIdentifier(got) {
			t.Errorf("PackageWord(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPackageName(t *testing.T) {
	for _, tt := range []struct {
		c    model.Contract
		want string
	}{
		{model.Contract{Source: "a.yaml", Service: &model.Service{Name: "Shop"}}, "shop"},
		{model.Contract{Source: "order.schema.json"}, "order"},
		{model.Contract{Source: "type.json"}, "typepkg"},
		{model.Contract{Source: "v1.2.yaml"}, "v12"},
	} {
		if got := golang.PackageName(&tt.c); got != tt.want {
			t.Errorf("PackageName of %s = %q, want %q", tt.c.Source, got, tt.want)
		}
	}
}
