package golang_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
)

// Names that an author has chosen can't be changed, so that they collide is
// the author's to know, all of it at once.
func TestEmit_namesThatCollide(t *testing.T) {
	named := func(pos, name string) *model.Type {
		return &model.Type{Kind: model.String, Declared: true, Words: []string{pos}, Pos: pos, Names: model.Names{"go": name}}
	}
	c := &model.Contract{Source: "shop.yaml", Types: []*model.Type{
		named("shop.yaml:1:1", "Order"),
		named("shop.yaml:2:1", "Order"),
		named("shop.yaml:3:1", "order"),
		named("shop.yaml:4:1", "a b"),
		{Kind: model.Struct, Words: []string{"item"}, Pos: "shop.yaml:5:1", Fields: []*model.Field{
			{Name: "check", Pos: "shop.yaml:6:1", Names: model.Names{"go": "Validate"}, Type: &model.Type{Kind: model.Bool}},
		}},
	}}
	_, err := golang.Emit(c, golang.Options{})
	const want = `shop.yaml:2:1: x-go-name "Order" is taken by shop.yaml:1:1
shop.yaml:3:1: x-go-name "order" isn't an exported Go identifier
shop.yaml:4:1: x-go-name "a b" isn't an exported Go identifier
shop.yaml:6:1: x-go-name "Validate" is taken by a method of every type`
	if err == nil || err.Error() != want {
		t.Errorf("Emit: %v\nwant:\n%s", err, want)
	}
	var first *golang.NameError
	if !errors.As(err, &first) || !strings.HasPrefix(first.Pos, "shop.yaml:") {
		t.Errorf("errors.As finds %v", first)
	}
}
