package model_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/model"
)

// Every kind has a name of its own, for the panics of emitters that lack a rule.
func TestKind_String(t *testing.T) {
	seen := map[string]bool{}
	for k := model.Any; k <= model.Never; k++ {
		name := k.String()
		if name == "" || seen[name] || strings.Contains(name, "(") {
			t.Errorf("kind %d is called %q", int(k), name)
		}
		seen[name] = true
	}
	if got := (model.Never + 1).String(); got != "Kind(20)" {
		t.Errorf("what is no kind is called %q", got)
	}
}

func TestJSONType(t *testing.T) {
	set := model.JSONNull | model.JSONString | model.JSONBool
	for got, want := range map[string]string{
		set.String(): "null or boolean or string",
		set.One():    "null or a boolean or a string",
		set.Many():   "null or booleans or strings",
		set.Word():   "null or bool or string",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for is := range model.JSONAll.Each() {
		if got := model.JSONTypeNamed(is.String()); got != is {
			t.Errorf("JSONTypeNamed(%q) = %v", is, got)
		}
	}
	if got := model.JSONTypeNamed("integer"); got != model.JSONNumber {
		t.Errorf("JSONTypeNamed(integer) = %v", got)
	}
	for text, want := range map[string]model.JSONType{
		"null": model.JSONNull, "true": model.JSONBool, "-1": model.JSONNumber, `""`: model.JSONString,
		"[]": model.JSONArray, "{}": model.JSONObject, "": 0,
	} {
		if got := model.JSONTypeOf(text); got != want {
			t.Errorf("JSONTypeOf(%q) = %v, want %v", text, got, want)
		}
	}
}

// Types are walked once each, a type before its parts, however they refer to
// each other.
func TestContract_Walk(t *testing.T) {
	text := &model.Type{Kind: model.String, Words: []string{"text"}}
	node := &model.Type{Kind: model.Struct, Words: []string{"node"}}
	list := &model.Type{Kind: model.List, Words: []string{"list"}, Elem: node}
	node.Fields = []*model.Field{{Name: "text", Type: text}, {Name: "more", Type: list}}
	response := &model.Type{Kind: model.Bool, Words: []string{"response"}}
	c := &model.Contract{
		Types:   []*model.Type{node, text},
		Service: &model.Service{Actions: []*model.Action{{Request: node, Response: response}}},
	}
	var words []string
	for t := range c.Walk() {
		words = append(words, t.Words...)
	}
	if got, want := strings.Join(words, " "), "node text list response"; got != want {
		t.Errorf("Walk gives %s, want %s", got, want)
	}
	for range c.Walk() {
		break // it's allowed
	}
}

func TestType_Parts(t *testing.T) {
	part := &model.Type{Kind: model.String}
	tuple := &model.Type{Kind: model.Tuple, Prefix: []*model.Type{part, part}, Elem: part}
	var got []string
	for p := range tuple.Parts() {
		got = append(got, map[bool]string{true: "rest", false: "item"}[p.Elem])
	}
	if want := []string{"item", "item", "rest"}; !slices.Equal(got, want) {
		t.Errorf("Parts gives %v, want %v", got, want)
	}
}

// A secret is found wherever it is, also in what leads back to itself.
// Secrets says of every type what HoldsSecret says of it.
func TestContract_Secrets(t *testing.T) {
	text, hidden := &model.Type{Kind: model.String}, &model.Type{Kind: model.String, Notes: model.Notes{Secret: true}}
	loop := &model.Type{Kind: model.Struct}
	loop.Fields = []*model.Field{{Name: "next", Type: loop}, {Name: "text", Type: text}}
	list := &model.Type{Kind: model.List, Elem: &model.Type{Kind: model.Map, Elem: hidden}}
	field := &model.Type{Kind: model.Struct, Fields: []*model.Field{{Name: "pin", Notes: model.Notes{Secret: true}, Type: text}, {Name: "loop", Type: loop}}}
	around := &model.Type{Kind: model.Struct, Fields: []*model.Field{{Name: "field", Type: field}, {Name: "list", Type: list}}}
	back := &model.Type{Kind: model.Struct}
	back.Fields = []*model.Field{{Name: "around", Type: around}, {Name: "back", Type: back}}
	c := &model.Contract{Types: []*model.Type{loop, list, field, around, back}}
	secrets := c.Secrets()
	n := 0
	for typ := range c.Walk() {
		n++
		if got, known := secrets[typ]; !known || got != model.HoldsSecret(typ) {
			t.Errorf("%v: %v, %v, want %v", typ.Kind, got, known, model.HoldsSecret(typ))
		}
	}
	if n != len(secrets) {
		t.Errorf("%d types, want %d", len(secrets), n)
	}
}

func TestHoldsSecret(t *testing.T) {
	plain := &model.Type{Kind: model.Struct}
	plain.Fields = []*model.Field{{Name: "self", Type: plain}}
	secret := &model.Type{Kind: model.List, Elem: &model.Type{Kind: model.Struct, Fields: []*model.Field{{Type: plain, Notes: model.Notes{Secret: true}}}}}
	if model.HoldsSecret(plain, nil) || !model.HoldsSecret(plain, secret) {
		t.Errorf("HoldsSecret = %v and %v", model.HoldsSecret(plain, nil), model.HoldsSecret(plain, secret))
	}
}

// A property that is absent is read as the empty string, so its case leads to
// what remains otherwise, too.
func TestType_Choices(t *testing.T) {
	branches := []*model.Branch{
		{Type: &model.Type{Kind: model.Struct}}, {Type: &model.Type{Kind: model.Struct}},
		{Type: &model.Type{Kind: model.Const, Values: []model.Value{{JSON: "null"}}}},
	}
	union := &model.Type{Kind: model.Union, Branches: branches, Select: &model.Select{
		By: "kind", Cases: []model.Case{{Const: "a", Branches: []int{0}}, {Const: "", Branches: []int{1}}}, Otherwise: []int{0, 2},
	}}
	want := [][]int{{0}, {0, 1, 2}, {0, 2}}
	for i, c := range union.Choices() {
		if !slices.Equal(c.Branches, want[i]) || (c.Case == nil) != (i == 2) {
			t.Errorf("choice %d leads to %v, want %v", i, c.Branches, want[i])
		}
	}
	if got := union.Tried(); !slices.Equal(got, branches[:2]) {
		t.Errorf("%d branches are tried, want 2", len(got))
	}
	union.Select = nil
	if got := union.Choices(); len(got) != 1 || len(got[0].Branches) != 3 {
		t.Errorf("without a Select there are the choices %v", got)
	}
}

func TestContract_Uses(t *testing.T) {
	id := &model.Type{Kind: model.String, Words: []string{"ID"}}
	order := &model.Type{Kind: model.Struct, Words: []string{"Order"}, Fields: []*model.Field{
		{Name: "id", Type: id}, {Name: "parts", Type: &model.Type{Kind: model.List, Elem: id}},
	}}
	c := &model.Contract{
		Types: []*model.Type{order, id},
		Service: &model.Service{Actions: []*model.Action{
			{Name: "send", Request: order, Response: &model.Type{Kind: model.Nullable, Elem: id}},
		}},
	}
	uses := c.Uses(func(t *model.Type) string { return strings.Join(t.Words, "") })
	for is, want := range map[*model.Type]string{
		order: "the request of send",
		id:    "the response of send, the value of id in Order, an item of parts in Order",
	} {
		if got := strings.Join(uses[is], ", "); got != want {
			t.Errorf("%s is %s, want %s", is.Words[0], got, want)
		}
	}
}
