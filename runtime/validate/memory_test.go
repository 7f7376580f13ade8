package validate

import (
	"strings"
	"testing"
)

// recursive has a schema for each applicator, and for some that act together, by
// which the schema n reaches each level of a document on two ways or more. Before
// outcomes were remembered, most took time that doubled with each level.
var recursive = map[string]string{
	"properties, patternProperties": `{"properties":{"c":@},"patternProperties":{"^c":@}}`,
	"additionalProperties":          `{"allOf":[{"additionalProperties":@},{"additionalProperties":@}]}`,
	"patternProperties":             `{"patternProperties":{"^c":@,"c$":@,"^(c|d)$":@}}`,
	"x-patternProperties":           `{"x-patternProperties":[{"ecma":"c","schema":@},{"ecma":"^c","schema":@}]}`,
	"propertyNames":                 `{"propertyNames":{"maxLength":5},"properties":{"c":@},"patternProperties":{"c":@}}`,
	"dependentSchemas":              `{"properties":{"c":@},"dependentSchemas":{"c":{"properties":{"c":@}}}}`,
	"if, then":                      `{"if":{"properties":{"c":@},"required":["c"]},"then":{"properties":{"c":@}}}`,
	"if, then, else":                `{"properties":{"c":@},"if":{"not":{"properties":{"c":@},"required":["c"]}},"then":true,"else":{"properties":{"c":@}}}`,
	"if alone":                      `{"properties":{"c":@},"if":{"properties":{"c":@}},"then":{"required":[]}}`,
	"allOf":                         `{"allOf":[{"properties":{"c":@}},{"properties":{"c":@}}]}`,
	"anyOf":                         `{"anyOf":[{"properties":{"c":@,"d":{"const":0}},"required":["d"]},{"properties":{"c":@}}]}`,
	"oneOf":                         `{"oneOf":[{"properties":{"c":@},"required":["d"]},{"properties":{"c":@}}]}`,
	"not":                           `{"not":{"not":{"properties":{"c":@}}},"properties":{"c":@}}`,
	"items":                         `{"allOf":[{"items":@},{"items":@}]}`,
	"prefixItems":                   `{"prefixItems":[@],"contains":@}`,
	"contains":                      `{"contains":@,"items":@}`,
	"minContains":                   `{"contains":@,"minContains":0,"maxContains":1,"items":@}`,
	"unevaluatedItems":              `{"anyOf":[{"prefixItems":[@,@]},{"prefixItems":[@]}],"unevaluatedItems":@}`,
	"unevaluatedProperties":         `{"anyOf":[{"properties":{"c":@}},{"patternProperties":{"^c":@}}],"unevaluatedProperties":@}`,
	"unevaluated by reference":      `{"properties":{"c":{"allOf":[@],"unevaluatedProperties":false}},"patternProperties":{"^c":{"allOf":[@],"unevaluatedProperties":false,"unevaluatedItems":false}}}`,
	"unevaluated, not":              `{"not":{"not":{"properties":{"c":@}}},"unevaluatedProperties":@}`,
	"x-dynamicRef":                  `{"x-scope":{"n":"#/$defs/n"},"properties":{"c":{"x-dynamicRef":"n","$ref":"#/$defs/n"}},"patternProperties":{"^c":{"x-dynamicRef":"n","$ref":"#/$defs/n"}}}`,
	"uniqueItems":                   `{"allOf":[{"items":@,"uniqueItems":true},{"items":@,"uniqueItems":true}]}`,
	"enum":                          `{"allOf":[{"properties":{"c":@},"not":{"enum":[{"c":7}]}},{"patternProperties":{"c":@}}]}`,
}

// nested returns a document of some levels, of arrays or of objects, around a leaf.
func nested(array bool, levels int, leaf string) string {
	if array {
		return strings.Repeat("[", levels) + leaf + strings.Repeat("]", levels)
	}
	return strings.Repeat(`{"c":`, levels) + leaf + strings.Repeat("}", levels)
}

// A part matches strings that have it as a part.
type part string

func (p part) MatchString(s string) bool { return strings.Contains(s, string(p)) }

// TestEvaluation_decidesOnce counts the schemas that are evaluated for documents of
// 4,000 levels: four times as many as for 1,000 levels, not 2³⁰⁰⁰ times.
func TestEvaluation_decidesOnce(t *testing.T) {
	engine := func(source string) (Matcher, error) { return part(strings.Trim(source, "^")), nil }
	for name, schema := range recursive {
		doc := `{"$ref":"#/$defs/n","$defs":{"n":` + schema[:len(schema)-1] + `,"type":["array","object","integer"]}}}`
		root, err := compile(strings.ReplaceAll(doc, "@", `{"$ref":"#/$defs/n"}`), []Engine{engine})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		array := !strings.Contains(schema, `"c"`) && !strings.Contains(schema, "Properties")
		for _, leaf := range []string{"1", `"x"`} {
			judge := func(levels, steps int) (string, int) {
				e := &evaluation{steps: steps}
				if !e.parse(nested(array, levels, leaf)) {
					t.Fatal(e.syntaxError())
				}
				problem := e.run(root)
				if problem == nil {
					return "valid", e.steps - steps
				}
				return strings.ReplaceAll(problem.Error(), "/c/c/c/c", "/c"), e.steps - steps
			}
			// From many steps on, outcomes are remembered.
			fresh, _ := judge(3, 0)
			if remembered, _ := judge(3, 1e9); remembered != fresh {
				t.Errorf("%s around %s: %s if outcomes are remembered, else %s", name, leaf, remembered, fresh)
			}
			_, fewer := judge(1000, 0)
			verdict, steps := judge(4000, 0)
			if (verdict == "valid") != (fresh == "valid") {
				t.Errorf("%s around %s: %s at 4,000 levels, %s at 3", name, leaf, verdict, fresh)
			}
			if steps > 100*4000 || steps > 5*fewer {
				t.Errorf("%s around %s: %d schemas were evaluated for 1,000 levels, %d for 4,000", name, leaf, fewer, steps)
			}
		}
	}
}
