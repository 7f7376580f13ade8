package rules_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/rules"
	"github.com/tpp-rpc/tpp/runtime/ecma"
	"github.com/tpp-rpc/tpp/runtime/validate"
)

var (
	never  = &model.Schema{Never: true}
	number = &model.Schema{Types: model.JSONNumber}
	text   = &model.Schema{Types: model.JSONString}
	one    = &model.Schema{Const: "1"}
)

// examples has a schema for each row of the table of keywords, and a document
// about which it says another thing than it would without the keyword.
var examples = []struct {
	keyword  string
	schema   *model.Schema
	document string
}{
	{"x-scope", &model.Schema{Scope: []model.Scope{{Anchor: "a", Schema: never}}, Ref: text, Dynamic: true, DynamicRef: "a"}, `"x"`},
	{"$ref", &model.Schema{Ref: text}, `1`},
	{"x-dynamicRef", &model.Schema{Scope: []model.Scope{{Anchor: "a", Schema: never}}, Ref: text, Dynamic: true, DynamicRef: "a"}, `"x"`},
	{"type", &model.Schema{Types: model.JSONString}, `1`},
	{"type", &model.Schema{Types: model.JSONNumber, Int: true}, `1.5`},
	{"type", &model.Schema{Types: model.JSONNumber, Int: true, Checks: model.Checks{Strict: true}}, `1.0`},
	{"enum", &model.Schema{Enum: []string{`"a"`, `{"b":1}`}}, `{"b":2}`},
	{"const", one, `2`},
	{"multipleOf", checked(model.Checks{MultipleOf: "0.01"}), `0.005`},
	{"minimum", checked(model.Checks{Minimum: "1"}), `0`},
	{"exclusiveMinimum", checked(model.Checks{ExclusiveMinimum: "1"}), `1`},
	{"maximum", checked(model.Checks{Maximum: "1"}), `2`},
	{"exclusiveMaximum", checked(model.Checks{ExclusiveMaximum: "1"}), `1`},
	{"minLength", checked(model.Checks{MinLength: new(1)}), `""`},
	{"maxLength", checked(model.Checks{MaxLength: new(0)}), `"a"`},
	{"pattern", checked(model.Checks{Pattern: pattern("^a")}), `"b"`},
	{"pattern", checked(model.Checks{Pattern: pattern("^(?!b)")}), `"b"`},
	{"format", checked(model.Checks{Format: "ipv4"}), `"1.2.3"`},
	{"contentEncoding", &model.Schema{ContentEncoding: "base64"}, `"e30"`},
	{"contentMediaType", &model.Schema{ContentMediaType: "application/json"}, `"{"`},
	{"minItems", checked(model.Checks{MinItems: new(1)}), `[]`},
	{"maxItems", checked(model.Checks{MaxItems: new(0)}), `[1]`},
	{"uniqueItems", checked(model.Checks{UniqueItems: true}), `[1,1.0]`},
	{"minProperties", checked(model.Checks{MinProperties: new(1)}), `{}`},
	{"maxProperties", checked(model.Checks{MaxProperties: new(0)}), `{"a":1}`},
	{"allOf", &model.Schema{AllOf: []*model.Schema{text}}, `1`},
	{"anyOf", &model.Schema{AnyOf: []*model.Schema{text, number}}, `null`},
	{"oneOf", &model.Schema{OneOf: []*model.Schema{number, one}}, `1`},
	{"not", &model.Schema{Not: text}, `"a"`},
	{"if", &model.Schema{If: text, Then: never}, `"a"`},
	{"then", &model.Schema{If: text, Then: never}, `"a"`},
	{"else", &model.Schema{If: text, Else: never}, `1`},
	{"properties", &model.Schema{Properties: []model.Property{{Name: "a", Schema: text}}}, `{"a":1}`},
	{"patternProperties", &model.Schema{PatternProperties: []model.PatternProperty{{Pattern: pattern("^a"), Schema: text}}}, `{"ab":1}`},
	{"patternProperties", &model.Schema{PatternProperties: []model.PatternProperty{{Pattern: pattern("^(?!b)"), Schema: text}}}, `{"ab":1}`},
	{"additionalProperties", &model.Schema{Additional: text}, `{"a":1}`},
	{"propertyNames", &model.Schema{PropertyNames: never}, `{"a":1}`},
	{"required", &model.Schema{Required: []string{"a", `"`}}, `{"a":1}`},
	{"dependentRequired", &model.Schema{DependentRequired: []model.Dependent{{Name: "a", Required: []string{"b"}}}}, `{"a":1}`},
	{"dependentSchemas", &model.Schema{DependentSchemas: []model.Property{{Name: "a", Schema: never}}}, `{"a":1}`},
	{"unevaluatedProperties", &model.Schema{UnevaluatedProps: never}, `{"a":1}`},
	{"prefixItems", &model.Schema{PrefixItems: []*model.Schema{text, number}}, `["a","b"]`},
	{"items", &model.Schema{Items: text}, `[1]`},
	{"contains", &model.Schema{Contains: text}, `[1]`},
	{"minContains", &model.Schema{Contains: text, MinContains: new(2)}, `["a"]`},
	{"maxContains", &model.Schema{Contains: text, MaxContains: new(1)}, `["a","b"]`},
	{"x-containsUncounted", &model.Schema{Contains: text, ContainsUncounted: true, UnevaluatedItems: never}, `["a"]`},
	{"unevaluatedItems", &model.Schema{UnevaluatedItems: never}, `[1]`},
}

func checked(c model.Checks) *model.Schema { return &model.Schema{Checks: c} }

// Every row of the table of keywords is printed, compiled by the evaluator, and changes a
// verdict. It fails for a keyword that one of the tables lacks.
func TestText_everyKeyword(t *testing.T) {
	tried := map[*keyword.Keyword]bool{}
	for _, e := range examples {
		for i := range keyword.All {
			k := &keyword.All[i]
			if k.Name != e.keyword || k.Field == nil || k.Absent(e.schema) {
				continue
			}
			tried[k] = true
			text, _ := rules.Text(e.schema)
			if !strings.Contains(text, k.Name+`": `) {
				t.Errorf("%s isn't printed: %s", k.Name, text)
			}
			without := *e.schema
			reflect.ValueOf(k.Field(&without)).Elem().SetZero()
			if with, without := accepts(t, e.schema, e.document), accepts(t, &without, e.document); with == without {
				t.Errorf("%s doesn't change what is said of %s: accepted = %v", k.Name, e.document, with)
			}
		}
	}
	for i := range keyword.All {
		if k := &keyword.All[i]; k.Field != nil && !tried[k] {
			t.Errorf("no example has %s, whose row holds %v", k.Name, k.Holds)
		}
	}
}

// accepts reports whether the evaluator accepts a document by the text of s.
func accepts(t *testing.T, s *model.Schema, document string) bool {
	t.Helper()
	text, needsECMA := rules.Text(s)
	var engines []validate.Engine
	if needsECMA {
		engines = append(engines, ecma.Engine)
	}
	v, err := validate.Compile(text, engines...)
	if err != nil {
		t.Fatalf("the evaluator can't compile %s: %v", text, err)
	}
	return v.Check([]byte(document)) == nil
}

// Schemas that are used several times are in $defs, and a schema may lead back
// to itself.
func TestText_definitions(t *testing.T) {
	shared := &model.Schema{Pointer: "x.json#/$defs/Name", Enum: []string{`"a"`}}
	list := &model.Schema{Pointer: "x.json#/properties/list", PrefixItems: []*model.Schema{shared}}
	list.Items = list
	root := &model.Schema{Pointer: "x.json", Properties: []model.Property{{Name: "name", Schema: shared}, {Name: "list", Schema: list}}}
	const want = `{
  "properties": {"name": {"$ref": "#/$defs/Name"}, "list": {"$ref": "#/$defs/list"}},
  "$defs": {
    "Name": {"enum": ["a"]},
    "list": {
      "prefixItems": [{"$ref": "#/$defs/Name"}],
      "items": {"$ref": "#/$defs/list"}
    }
  }
}`
	if text, _ := rules.Text(root); text != want {
		t.Errorf("Text = %s\nwant %s", text, want)
	}
	if !accepts(t, root, `{"name":"a","list":["a",["a"]]}`) || accepts(t, root, `{"list":["a",["b"]]}`) {
		t.Error("the text doesn't mean what the schema does")
	}
}

func pattern(source string) *model.Pattern { return &model.Pattern{Source: source} }
