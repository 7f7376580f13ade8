package validate_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tpp-rpc/tpp/runtime/validate"
)

// FuzzCheck compares verdicts on random schemas and documents with those of
// jsonschema. Both are made from the fuzzer's seed.
func FuzzCheck(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := &random{Rand: rand.New(rand.NewPCG(seed, 1))}
		schema := r.root()
		oracle, err := jsonschema.CompileString("schema.json", schema)
		if err != nil {
			t.Fatalf("the generator made a bad schema: %v\n%s", err, schema)
		}
		s, err := validate.Compile(schema)
		if err != nil {
			t.Fatalf("Compile(%s) = %v", schema, err)
		}
		for range 20 {
			doc := r.value(3)
			var v any
			d := json.NewDecoder(strings.NewReader(doc))
			d.UseNumber()
			if err := d.Decode(&v); err != nil {
				t.Fatalf("the generator made a bad document: %v\n%s", err, doc)
			}
			want := oracle.Validate(v)
			if got := s.Check([]byte(doc)); (got == nil) != (want == nil) {
				t.Errorf("schema   %s\ndocument %s\nCheck = %v\njsonschema: %v", schema, doc, got, want)
			} else if again := s.Remembering([]byte(doc)); fmt.Sprint(again) != fmt.Sprint(got) {
				t.Errorf("schema   %s\ndocument %s\nCheck = %v\nif it remembers: %v", schema, doc, got, again)
			}
		}
	})
}

// A random makes schemas and documents from few words, so that they often meet.
type random struct {
	*rand.Rand
	inPlace bool // references may stand beside other keywords for the same value
}

// pick returns one of all.
func (r *random) pick(all ...string) string { return all[r.IntN(len(all))] }

// list joins up to most texts that f makes.
func (r *random) list(most int, f func() string) string {
	var texts []string
	for range r.IntN(most + 1) {
		texts = append(texts, f())
	}
	return strings.Join(texts, ",")
}

// object joins up to most members, whose names differ, with values that f makes.
func (r *random) object(most int, names []string, f func() string) string {
	var members []string
	for _, i := range r.Perm(len(names))[:r.IntN(min(most, len(names))+1)] {
		members = append(members, names[i]+":"+f())
	}
	return "{" + strings.Join(members, ",") + "}"
}

var names = []string{`"a"`, `"b"`, `"ab"`, `"\u0062c"`, `"é"`, `""`}

func (r *random) value(depth int) string {
	if depth == 0 || r.IntN(3) == 0 {
		return r.pick(`null`, `true`, `false`, `0`, `1`, `1.0`, `-1`, `2`, `1.5`, `1e2`, `100`, `0.3`, `12345678901234567890`,
			`""`, `"a"`, `"ab"`, `"abc"`, `"😀"`, `"\ud83d\ude00"`, `"\u0061"`, `"2024-01-01"`, `"1.2.3.4"`)
	}
	sub := func() string { return r.value(depth - 1) }
	if r.IntN(2) == 0 {
		return "[" + r.list(4, sub) + "]"
	}
	return r.object(4, names, sub)
}

// root makes a schema whose definitions refer to each other for items and
// properties alone, so that references always make progress.
func (r *random) root() string {
	defs := []string{}
	for i := range 3 {
		defs = append(defs, fmt.Sprintf(`"d%d":%s`, i, r.schema(2)))
	}
	r.inPlace = true
	return `{"$defs":{` + strings.Join(defs, ",") + `},"allOf":[` + r.schema(3) + `]}`
}

func (r *random) schema(depth int) string {
	if r.IntN(12) == 0 {
		return r.pick("true", "false")
	}
	keywords := map[string]string{}
	for range 1 + r.IntN(4) {
		name := r.keyword(depth)
		keywords[name] = r.argument(name, depth-1)
	}
	if r.inPlace && r.IntN(5) == 0 {
		keywords["$ref"] = r.ref()
	}
	text, err := json.Marshal(raw(keywords))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (r *random) ref() string { return r.pick(`"#/$defs/d0"`, `"#/$defs/d1"`, `"#/$defs/d2"`) }

func raw(m map[string]string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for k, v := range m {
		out[k] = json.RawMessage(v)
	}
	return out
}

var (
	plainKeywords = []string{"type", "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
		"maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required", "dependentRequired"}
	deepKeywords = []string{"prefixItems", "items", "contains", "minContains", "maxContains", "unevaluatedItems", "unevaluatedItems", "properties", "properties",
		"patternProperties", "additionalProperties", "propertyNames", "unevaluatedProperties", "unevaluatedProperties", "dependentSchemas",
		"allOf", "anyOf", "oneOf", "not", "if", "then", "else"}
)

func (r *random) keyword(depth int) string {
	if depth == 0 || r.IntN(4) == 0 {
		return r.pick(plainKeywords...)
	}
	return r.pick(deepKeywords...)
}

func (r *random) argument(name string, depth int) string {
	sub := func() string { return r.schema(max(depth, 0)) }
	switch name {
	case "type":
		return r.pick(`"string"`, `"object"`, `"object"`, `"array"`, `"number"`, `"integer"`, `"null"`, `"boolean"`, `["array","integer"]`, `["object","string"]`)
	case "enum":
		return "[" + r.value(1) + "," + r.value(2) + "]"
	case "const":
		return r.value(1)
	case "multipleOf":
		return r.pick("1", "0.1", "0.5", "3", "10")
	case "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum":
		return r.pick("0", "1", "1.5", "-1", "100", "12345678901234567890")
	case "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties", "minContains", "maxContains":
		return r.pick("0", "1", "2", "3")
	case "pattern":
		return r.pick(`"^a"`, `"b$"`, `"^.$"`, `"[0-9]"`)
	case "uniqueItems":
		return "true"
	case "required":
		return "[" + r.pick(names...) + "]"
	case "dependentRequired":
		return r.object(2, names, func() string { return "[" + r.pick(names...) + "]" })
	case "prefixItems", "allOf", "anyOf", "oneOf":
		return "[" + strings.TrimSuffix(sub()+","+r.list(2, sub), ",") + "]"
	case "properties", "dependentSchemas":
		return r.object(3, names, sub)
	case "patternProperties":
		return r.object(2, []string{`"^a"`, `"b"`, `"^.$"`}, sub)
	case "items", "additionalProperties", "contains":
		if r.IntN(4) == 0 {
			return `{"$ref":` + r.ref() + `}`
		}
	}
	return sub()
}
