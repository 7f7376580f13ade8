package predicate

import (
	"testing"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/model"
)

// lists returns the graph of a generic list, and of two roots that each say what its items
// are.
func lists() (g *Graph, texts, numbers, list *model.Schema) {
	any := &model.Schema{}
	list = &model.Schema{Types: model.JSONArray, Items: &model.Schema{Ref: any, Dynamic: true, DynamicRef: "item"}}
	list.Scope = []model.Scope{{Anchor: "item", Schema: any}}
	root := func(types model.JSONType) *model.Schema {
		return &model.Schema{Ref: list, Scope: []model.Scope{{Anchor: "item", Schema: &model.Schema{Types: types}}}}
	}
	texts, numbers = root(model.JSONString), root(model.JSONNumber)
	g = &Graph{node: map[*model.Schema]*document.Node{}, types: map[*model.Schema]model.JSONType{}}
	for _, s := range []*model.Schema{texts, numbers, list, list.Items, any} {
		g.Schemas = append(g.Schemas, s)
		g.node[s] = &document.Node{}
	}
	return g, texts, numbers, list
}

func TestSpecialize(t *testing.T) {
	g, texts, numbers, list := lists()
	(&reader{graph: g}).specialize([]*model.Schema{texts, numbers, list}, 100)
	if d := dynamic(g.Schemas); len(d) != 0 {
		t.Errorf("%d schemas are still dynamic", len(d))
	}
	if got := texts.Ref.Items.Ref.Types; got != model.JSONString {
		t.Errorf("items of the texts are %v", got)
	}
	if got := numbers.Ref.Items.Ref.Types; got != model.JSONNumber {
		t.Errorf("items of the numbers are %v", got)
	}
	if got := list.Items.Ref.Types; got != 0 {
		t.Errorf("items of the list alone are %v, want any", got)
	}
	variants := g.Variant(numbers.Ref)
	if len(variants) != 1 || variants[0].Types != model.JSONNumber {
		t.Errorf("Variant of the list of numbers = %v", variants)
	}
}

func TestSpecialize_overLimit(t *testing.T) {
	g, texts, _, list := lists()
	(&reader{graph: g}).specialize([]*model.Schema{texts}, 1)
	if texts.Ref != list || !list.Items.Dynamic || len(texts.Scope) != 1 {
		t.Errorf("specialize changed schemas though they were more than its limit")
	}
	if g.dynamic = dynamic(g.Schemas); !g.Dynamic(texts) {
		t.Errorf("the root isn't dynamic any more")
	}
}
