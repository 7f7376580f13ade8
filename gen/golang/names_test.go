package golang_test

import (
	"errors"
	"testing"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
)

// Names that an author has chosen can't be changed, so that they collide is
// the author's to know, all of it at once.
func TestEmit_namesThatCollide(t *testing.T) {
	at := func(line int) model.Pos { return model.Pos{File: "shop.yaml", Line: line, Col: 1} }
	named := func(line int, name string) *model.Type {
		return &model.Type{Kind: model.String, Declared: true, Words: []string{name}, Pos: at(line), Notes: model.Notes{Names: model.Names{"go": name}}}
	}
	c := &model.Contract{Source: "shop.yaml", Types: []*model.Type{
		named(1, "Order"),
		named(2, "Order"),
		named(3, "order"),
		named(4, "a b"),
		{Kind: model.Struct, Words: []string{"item"}, Pos: at(5), Fields: []*model.Field{
			{Name: "check", Pos: at(6), Notes: model.Notes{Names: model.Names{"go": "Validate"}}, Type: &model.Type{Kind: model.Bool}},
		}},
	}}
	_, err := golang.Emit(c, golang.Options{})
	const want = `shop.yaml:2:1: x-go-name "Order" of definition "Order" is taken by definition "Order" at shop.yaml:1:1: choose another
shop.yaml:3:1: x-go-name "order" isn't an exported Go identifier
shop.yaml:4:1: x-go-name "a b" isn't an exported Go identifier
shop.yaml:6:1: x-go-name "Validate" of property "check" is taken by a method of every type: choose another`
	if err == nil || err.Error() != want {
		t.Errorf("Emit: %v\nwant:\n%s", err, want)
	}
	var problems gen.Problems
	if !errors.As(err, &problems) || problems[0].Pos != at(2) {
		t.Errorf("errors.As finds %v", problems)
	}
}
