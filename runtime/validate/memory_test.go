package validate

import (
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
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
// 1,000 levels: four times as many as for 250 levels, not 2⁷⁵⁰ times.
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
			judge := func(levels int, remembers bool) (string, int) {
				e := &evaluation{remembers: remembers, doc: new(codec.Document)}
				if !e.parse(nested(array, levels, leaf)) {
					t.Fatal(e.syntaxError())
				}
				problem := e.run(root, 0)
				if problem == nil {
					return "valid", e.steps
				}
				return strings.ReplaceAll(problem.Error(), "/c/c/c/c", "/c"), e.steps
			}
			fresh, _ := judge(3, false)
			if remembered, _ := judge(3, true); remembered != fresh {
				t.Errorf("%s around %s: %s if outcomes are remembered, else %s", name, leaf, remembered, fresh)
			}
			_, fewer := judge(250, false)
			verdict, steps := judge(1000, false)
			if (verdict == "valid") != (fresh == "valid") {
				t.Errorf("%s around %s: %s at 1,000 levels, %s at 3", name, leaf, verdict, fresh)
			}
			if steps > 100*1000 || steps > 5*fewer {
				t.Errorf("%s around %s: %d schemas were evaluated for 250 levels, %d for 1,000", name, leaf, fewer, steps)
			}
		}
	}
}

// TestSchema_CheckIn checks each level of a document by its own rules, from the
// inside out, as generated code does.
func TestSchema_CheckIn(t *testing.T) {
	s := MustCompile(`{"$ref":"#/$defs/n","$defs":{"n":{"properties":{"c":{"$ref":"#/$defs/n"}},"if":{"properties":{"c":{"$ref":"#/$defs/n"}},"required":["c"]},"then":{"properties":{"c":{"$ref":"#/$defs/n"}}}}}}`)
	bad := MustCompile(`{"$ref":"#/$defs/n","$defs":{"n":{"properties":{"c":{"$ref":"#/$defs/n"}},"not":{"const":1}}}}`)
	const levels = 5000
	data := []byte(nested(false, levels, "1"))
	doc := codec.NewDocument(t.Context(), string(data))
	for level := levels; level >= 0; level-- {
		from, to := 5*level, len(data)-level
		if err := s.CheckIn(doc, data, from, to); err != nil {
			t.Fatalf("level %d: %v", level, err)
		}
		if level%1000 == 0 {
			err := bad.CheckIn(doc, data, from, to)
			if err == nil || err.(*codec.Error).Pointer != strings.Repeat("/c", levels-level) || err.(*codec.Error).Offset != 5*(levels-level) {
				t.Errorf("level %d: %.100v", level, err)
			}
		}
	}
	if steps := doc.Memory.(*evaluation).steps; steps > 50*levels {
		t.Errorf("%d schemas were evaluated for %d levels", steps, levels)
	}
	// A value behind which the document isn't JSON, or has a name twice, is judged too.
	for _, data := range []string{`[{"c":{}},{"a":1,"a":2},{"c":{}}]`, `[{"c":{}},?,{"c":{}}]`} {
		for _, from := range []int{1, strings.LastIndex(data, `{"c`)} {
			doc := codec.NewDocument(t.Context(), data)
			doc.Reread(1e6)
			if err := s.CheckIn(doc, []byte(data), from, from+len(`{"c":{}}`)); err != nil {
				t.Errorf("%s from %d: %v", data, from, err)
			}
		}
	}
}
