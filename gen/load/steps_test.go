package load_test

import (
	"fmt"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/contract"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/mistake"
	"github.com/tpp-rpc/tpp/gen/predicate"
	"github.com/tpp-rpc/tpp/gen/schema"
	"github.com/tpp-rpc/tpp/gen/shape"
)

// Reading takes six steps. Each makes a value from those before it, and adds what
// is wrong to the problems.
func Example_steps() {
	const text = `
tpp: "1"
service: shop
actions:
  price:
    request: {$ref: "#/$defs/Article"}
    response: {type: number, minimun: 0}
$defs:
  Article:
    type: object
    required: [name]
    properties: {name: {type: string, description: What it's called.}}
`
	var problems gen.Problems

	// A document is a tree of nodes that know where they stand.
	file := document.Parse("shop.yaml", []byte(text), &problems)
	file.URI = "file:///shop.yaml"
	article := file.Root.Member("$defs").Member("Article")
	fmt.Println("document:", article.Pos(), article.JSON())

	// A contract's own keys say what the service is, and where its schemas stand.
	keys := contract.Read(file, &problems)
	action := keys.Service.Actions[0]
	fmt.Println("contract:", keys.Service.Name, action.Name, action.Pos, len(keys.Slots), "slots")

	// Schemas are found, with their drafts and what they refer to.
	set := schema.Find(file, keys.Roots(), schema.Options{}, &problems)
	request := set.Of(keys.Slots[0].Node)
	fmt.Println("schema:", request.Path, "in", request.Draft(), "refers to", request.Refs["$ref"].Path)

	// Predicates have no references and no drafts: pointers lead on.
	graph := predicate.Read(set, keys.Roots(), keys.Definitions, &problems)
	price := graph.At(keys.Slots[1].Node)
	fmt.Println("predicate:", price.Types, graph.At(keys.Slots[0].Node).Ref == graph.At(article))

	// Mistakes are what JSON Schema allows and an author can't mean.
	mistake.Find(keys, set, graph, nil, &problems)
	fmt.Println("mistake:", problems.Err())

	// Shapes are the types that values of the predicates have in a program.
	model := shape.Contract(keys, graph, shape.Options{})
	for _, t := range model.Types {
		fmt.Println("shape:", t.Words, t.Kind)
	}
	fmt.Println("shape:", model.Types[0].Fields[0].Name, "-", model.Types[0].Fields[0].Description)

	// Output:
	// document: shop.yaml:10:5 {"type":"object","required":["name"],"properties":{"name":{"type":"string","description":"What it's called."}}}
	// contract: shop price shop.yaml:5:3 2 slots
	// schema: /actions/price/request in draft 2020-12 refers to /$defs/Article
	// predicate: number true
	// mistake: shop.yaml:7:30: unknown keyword "minimun" in a schema: did you mean "minimum"?
	// shape: [Article] Struct
	// shape: [price response] Float
	// shape: name - What it's called.
}
