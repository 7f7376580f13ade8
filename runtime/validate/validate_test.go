package validate_test

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/ecma"
	"github.com/tpp-rpc/tpp/runtime/validate"
)

// keywords has a case for each keyword: documents that pass, and what is said
// about those that don't.
var keywords = []struct {
	schema string
	passes []string
	fails  map[string]string
}{
	{`true`, []string{`null`, `{"a":[1]}`}, nil},
	{`false`, nil, map[string]string{`1`: `expected no value, found 1`}},
	{`{"type":"string"}`, []string{`""`}, map[string]string{`1`: `expected a string, found 1`, `{"a":1}`: `expected a string, found an object`}},
	{`{"type":["integer","null"]}`, []string{`1`, `1.0`, `1e2`, `null`, `1e999999999`}, map[string]string{`1.5`: `expected null or an integer, found 1.5`, `1e-999999999`: `expected null or an integer, found 1e-999999999`}},
	{`{"type":"strictInteger"}`, []string{`1`, `-12345678901234567890`}, map[string]string{`1.0`: `expected an integer without fraction and exponent, found 1.0`, `1e2`: `expected an integer without fraction and exponent, found 1e2`}},
	{`{"enum":[1,"a",null,{"x":[1,2],"y":{}}]}`,
		[]string{`1.0`, `10e-1`, `"\u0061"`, `null`, `{"y":{},"x":[1,2e0]}`},
		map[string]string{`2`: `expected one of 1, "a", null, {"x":[1,2],"y":{}}, found 2`, `false`: `expected one of 1, "a", null, {"x":[1,2],"y":{}}, found false`, `{"x":[2,1],"y":{}}`: `expected one of 1, "a", null, {"x":[1,2],"y":{}}, found an object`}},
	{`{"const":0}`, []string{`0`, `-0.0`, `0e5`}, map[string]string{`false`: `expected 0, found false`}},
	{`{"const":1,"enum":[1,2]}`, []string{`1`}, map[string]string{`2`: `expected 1, found 2`}},

	{`{"multipleOf":0.01}`, []string{`19.99`, `1e308`, `"x"`}, map[string]string{`0.005`: `expected a multiple of 0.01, found 0.005`}},
	{`{"minimum":1,"maximum":9007199254740993}`, []string{`1`, `9007199254740993`}, map[string]string{`0.99`: `expected at least 1, found 0.99`, `9007199254740994`: `expected at most 9007199254740993, found 9007199254740994`}},
	{`{"exclusiveMinimum":1,"exclusiveMaximum":2}`, []string{`1.00000000000000000001`}, map[string]string{`1`: `expected more than 1, found 1`, `2.0`: `expected less than 2, found 2.0`}},

	{`{"minLength":2,"maxLength":3}`, []string{`"ab"`, `"😀😀😀"`, `"\ud83d\ude00\ud83d"`, `5`}, map[string]string{`"a"`: `expected at least 2 characters, found 1`, `"abcd"`: `expected at most 3 characters, found 4`}},
	{`{"pattern":"^a+$"}`, []string{`"a"`, `"\u0061a"`}, map[string]string{`"b"`: `expected a match of ^a+$, found "b"`}},
	{`{"pattern":"^.$"}`, []string{`"\ud800"`}, map[string]string{`"ab"`: `expected a match of ^.$, found "ab"`}},
	{`{"pattern":{"ecma":"^(?!a)"}}`, []string{`"b"`}, map[string]string{`"a"`: `expected a match of ^(?!a), found "a"`}},
	{`{"format":"ipv4"}`, []string{`"1.2.3.4"`, `5`}, map[string]string{`"1.2.3"`: `expected an IPv4 address, found "1.2.3"`}},
	{`{"contentEncoding":"base64","contentMediaType":"application/json"}`, []string{`"e30="`, `1`}, map[string]string{`"e30"`: `expected bytes in base64, found "e30"`, `"e3s="`: `expected a string that holds JSON, found "e3s="`, `"e30=\n"`: `expected bytes in base64, found "e30=\n"`}},

	{`{"minItems":1,"maxItems":2}`, []string{`[1]`, `{}`}, map[string]string{`[]`: `expected at least 1 item, found 0`, `[1,2,3]`: `expected at most 2 items, found 3`}},
	{`{"uniqueItems":true}`, []string{`[]`, `[1,"1",true,[1],{"a":1},null]`, `[[1,2],[2,1]]`}, map[string]string{`[1,2,1.0]`: `expected unique items, found items 0 and 2 equal`, `[{"a":1,"b":2},{"b":2,"a":1}]`: `expected unique items, found items 0 and 1 equal`, `["a","\u0061"]`: `expected unique items, found items 0 and 1 equal`}},
	{`{"prefixItems":[{"type":"string"},true],"items":{"type":"number"}}`, []string{`[]`, `["a",null,1]`}, map[string]string{`[1]`: `at /0: expected a string, found 1`, `["a",1,2,"b"]`: `at /3: expected a number, found "b"`}},
	{`{"contains":{"type":"number"}}`, []string{`["a",1]`, `{}`}, map[string]string{`["a"]`: `expected at least 1 item that is a number, found 0`, `[]`: `expected at least 1 item that is a number, found 0`}},
	{`{"contains":{"const":1},"minContains":0,"maxContains":1}`, []string{`[]`, `[1]`}, map[string]string{`[1,1]`: `expected at most 1 item that is 1, found 2`}},

	{`{"minProperties":1,"maxProperties":1}`, []string{`{"a":1}`, `[]`}, map[string]string{`{}`: `expected at least 1 property, found 0`, `{"a":1,"b":1}`: `expected at most 1 property, found 2`}},
	{`{"required":["a","b\"c"]}`, []string{`{"a":1,"b\"c":1}`, `[]`}, map[string]string{`{"b\"c":1}`: `missing property "a"`, `{"a":1}`: `missing property "b\"c"`}},
	{`{"properties":{"a/b":{"type":"null"},"c~":{"properties":{"d":{"type":"null"}}}}}`, []string{`{"a\/b":null,"x":1}`}, map[string]string{`{"a/b":1}`: `at /a~1b: expected null, found 1`, `{"c~":{"x":[],"d":1}}`: `at /c~0/d: expected null, found 1`}},
	{`{"patternProperties":{"^n":{"type":"number"},"o$":{"minimum":5}}}`, []string{`{"n":1,"no":5,"x":"y"}`}, map[string]string{`{"no":4}`: `at /no: expected at least 5, found 4`, `{"n":""}`: `at /n: expected a number, found ""`}},
	{`{"x-patternProperties":[{"ecma":"^(?!a)","schema":false}]}`, []string{`{"a":1}`}, map[string]string{`{"b":1}`: `property "b" isn't allowed`}},
	{`{"properties":{"a":true},"patternProperties":{"^x-":true},"additionalProperties":{"type":"null"}}`, []string{`{"a":1,"x-b":2,"c":null}`}, map[string]string{`{"c":1}`: `at /c: expected null, found 1`}},
	{`{"properties":{"a":true},"additionalProperties":false}`, []string{`{"a":1}`}, map[string]string{`{"a":1,"b":2}`: `unknown property "b"`}},
	{`{"propertyNames":{"maxLength":2}}`, []string{`{"ab":1}`}, map[string]string{`{"a":{},"abc":1}`: `property name "abc": expected at most 2 characters, found 3`}},
	{`{"dependentRequired":{"a":["b"]}}`, []string{`{}`, `{"b":1}`, `{"a":1,"b":1}`}, map[string]string{`{"a":1}`: `missing property "b", which property "a" asks for`}},
	{`{"dependentSchemas":{"a":{"maxProperties":1}}}`, []string{`{"a":1}`, `{"b":1,"c":1}`}, map[string]string{`{"a":1,"b":1}`: `expected at most 1 property, found 2`}},

	{`{"allOf":[{"minimum":1},{"maximum":2}]}`, []string{`1`, `2`}, map[string]string{`3`: `expected at most 2, found 3`}},
	{`{"anyOf":[{"type":"string"},{"type":"object","required":["a"]}]}`, []string{`""`, `{"a":1}`}, map[string]string{`1`: `expected a string or an object, found 1`, `{}`: `missing property "a"`}},
	{`{"oneOf":[{"type":"number"},{"type":"integer"},{"$ref":"#/$defs/s"}],"$defs":{"s":{"type":"string","maxLength":1}}}`, []string{`1.5`, `"a"`}, map[string]string{`1`: `expected either a number or an integer, not both, found 1`, `"ab"`: `expected at most 1 character, found 2`, `null`: `expected a number, an integer or a string, found null`}},
	{`{"not":{"type":"string"}}`, []string{`1`}, map[string]string{`""`: `expected anything but a string, found ""`}},
	{`{"not":{}}`, nil, map[string]string{`1`: `expected no value, found 1`}},
	{`{"const":1,"enum":[2]}`, nil, map[string]string{`1`: `expected no value, found 1`}},
	{`{"if":{"minimum":10},"then":{"multipleOf":10},"else":{"multipleOf":2}}`, []string{`20`, `4`}, map[string]string{`15`: `expected a multiple of 10, found 15`, `3`: `expected a multiple of 2, found 3`}},
	{`{"if":false}`, []string{`1`}, nil},
	{`{"then":false,"else":false}`, []string{`1`}, nil},
	{`{"$ref":"#/$defs/tree","$defs":{"tree":{"type":"object","properties":{"kids":{"items":{"$ref":"#/$defs/tree"}}}}}}`, []string{`{"kids":[{"kids":[]},{}]}`}, map[string]string{`{"kids":[{},{"kids":[1]}]}`: `at /kids/1/kids/0: expected an object, found 1`}},
	{`{"$ref":"#/$defs/a~1b","minimum":1,"$defs":{"a/b":{"maximum":2}}}`, []string{`1`}, map[string]string{`0`: `expected at least 1, found 0`, `3`: `expected at most 2, found 3`}},

	// A list of anything that is a list of strings where its scope says so.
	{`{"$ref":"#/$defs/strings","$defs":{
		"strings":{"x-scope":{"item":"#/$defs/string"},"$ref":"#/$defs/list"},
		"list":{"x-scope":{"item":"#/$defs/any"},"items":{"x-dynamicRef":"item","$ref":"#/$defs/any"}},
		"any":true,"string":{"type":"string"}}}`, []string{`["a"]`}, map[string]string{`[1]`: `at /0: expected a string, found 1`}},
	{`{"x-dynamicRef":"","$ref":"#/$defs/number","$defs":{"number":{"type":"number"}}}`, []string{`1`}, map[string]string{`""`: `expected a number, found ""`}},

	{`{"properties":{"a":true},"unevaluatedProperties":false}`, []string{`{"a":1}`}, map[string]string{`{"b":1}`: `unknown property "b"`}},
	{`{"anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":{"const":1}},"required":["b"]}],"unevaluatedProperties":{"type":"null"}}`,
		[]string{`{"a":1,"b":1}`, `{"a":1,"b":null}`}, map[string]string{`{"a":1,"b":2}`: `at /b: expected null, found 2`}},
	{`{"oneOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":true}}],"unevaluatedProperties":false}`,
		[]string{`{"b":1}`}, map[string]string{`{"b":1,"c":1}`: `unknown property "c"`}},
	{`{"if":{"properties":{"a":{"const":1}},"required":["a"]},"then":{"properties":{"b":true}},"else":{"properties":{"c":true}},"unevaluatedProperties":false}`,
		[]string{`{"a":1,"b":1}`, `{"c":1}`}, map[string]string{`{"a":1,"c":1}`: `unknown property "c"`, `{"a":2}`: `unknown property "a"`}},
	{`{"$ref":"#/$defs/base","dependentSchemas":{"a":{"patternProperties":{"^x":true}}},"unevaluatedProperties":false,"$defs":{"base":{"properties":{"a":true}}}}`,
		[]string{`{"a":1,"x1":1}`}, map[string]string{`{"x1":1}`: `unknown property "x1"`}},
	{`{"not":{"not":{"properties":{"a":true}}},"unevaluatedProperties":false}`, []string{`{}`}, map[string]string{`{"a":1}`: `unknown property "a"`}},
	{`{"allOf":[{"properties":{"a":true},"unevaluatedProperties":true},{"unevaluatedProperties":false}]}`, []string{`{}`}, map[string]string{`{"a":1}`: `unknown property "a"`}},
	{`{"allOf":[{"unevaluatedProperties":true}],"unevaluatedProperties":false}`, []string{`{"a":1}`}, nil},
	{`{"additionalProperties":true,"unevaluatedProperties":false}`, []string{`{"a":1}`}, nil},
	{`{"prefixItems":[true],"unevaluatedItems":{"type":"null"}}`, []string{`[1,null]`}, map[string]string{`[1,2]`: `at /1: expected null, found 2`}},
	{`{"items":true,"unevaluatedItems":false}`, []string{`[1]`}, nil},
	{`{"contains":{"const":1},"unevaluatedItems":false}`, []string{`[1,1]`}, map[string]string{`[1,2]`: `at /1: expected no further item, found 2`}},
	{`{"contains":{"const":1},"x-containsUncounted":true,"unevaluatedItems":false}`, nil, map[string]string{`[1]`: `at /0: expected no further item, found 1`}},
	{`{"allOf":[{"prefixItems":[true]},{"prefixItems":[true,true]}],"unevaluatedItems":false}`, []string{`[1,2]`}, map[string]string{`[1,2,3]`: `at /2: expected no further item, found 3`}},

	// What is told of branches comes from all of them if they speak of the same
	// place, else from the one that comes nearest.
	{`{"anyOf":[{"required":["a"]},{"required":["b","c"]},{"required":["a"]}]}`, []string{`{"a":1}`}, map[string]string{`{}`: `missing property "a" or "b"`, `{"b":1}`: `missing property "a" or "c"`}},
	{`{"anyOf":[{"maxLength":1},{"pattern":"^P"},{"enum":["never",7]}]}`, []string{`"P1"`, `1`}, map[string]string{`"xy"`: `expected at most 1 character, a match of ^P or one of "never", 7, found "xy"`}},
	{`{"oneOf":[{"properties":{"kind":{"const":"a"}},"required":["kind","x"]},{"properties":{"kind":{"const":"b"}},"required":["kind","y"]}]}`,
		[]string{`{"kind":"a","x":1}`}, map[string]string{`{"kind":"c"}`: `at /kind: expected one of "a", "b", found "c"`, `{"kind":"b"}`: `missing property "y"`}},
	// A property whose constants tell branches apart decides which one is meant,
	// wherever it's declared.
	{`{"oneOf":[{"$ref":"#/$defs/a"},{"allOf":[{"$ref":"#/$defs/b"}],"required":["n"]}],"$defs":{"a":{"type":"object","properties":{"kind":{"const":"a"},"n":{"type":"integer"}},"required":["kind","n"]},"b":{"properties":{"kind":{"enum":["b","c"]}},"required":["kind"]}}}`,
		[]string{`{"kind":"c","n":1}`}, map[string]string{
			`{"kind":"d"}`: `at /kind: expected one of "a", "b", "c", found "d"`, `{"kind":1}`: `at /kind: expected one of "a", "b", "c", found 1`,
			`{}`: `missing property "kind"`, `{"kind":"c"}`: `missing property "n"`, `{"kind":"a","n":"x"}`: `at /n: expected an integer, found "x"`,
		}},
	{`{"anyOf":[{"properties":{"kind":{"const":"a"},"x":{"type":"null"}},"required":["kind"]},{"properties":{"kind":{"const":"b"}},"required":["kind"]},{"properties":{"y":{"type":"null"}},"additionalProperties":false}]}`,
		[]string{`{"y":null}`}, map[string]string{`{"kind":"a","x":1}`: `at /x: expected null, found 1`, `{"y":1}`: `at /y: expected null, found 1`}},
	{`{"oneOf":[{"properties":{"kind":{"const":"a"}},"required":["kind"],"minProperties":2},{"properties":{"kind":{"const":"a"}},"required":["kind"],"minProperties":3}]}`,
		nil, map[string]string{`{"kind":"a"}`: `expected at least 2 properties or at least 3 properties, found 1`}},
	{`{"anyOf":[{"type":"integer"},{"type":"string"}]}`, []string{`1`, `"a"`}, map[string]string{`1.5`: `expected an integer, found 1.5`, `null`: `expected an integer or a string, found null`}},

	// What stands first in the document is told, whichever keyword says it.
	{`{"required":["c"],"minProperties":3,"properties":{"a":{"minimum":5}},"allOf":[{"properties":{"b":{"minimum":5}}},{"$ref":"#/$defs/d"}],"$defs":{"d":{"properties":{"d":{"items":{"type":"null"},"minItems":2}}}}}`,
		[]string{`{"a":5,"b":5,"c":5}`}, map[string]string{
			`{"a":1,"b":1}`: `at /a: expected at least 5, found 1`, `{"b":1,"a":1}`: `at /b: expected at least 5, found 1`, `{"a":5}`: `missing property "c"`,
			`{"d":[1],"b":1,"a":1}`: `at /d/0: expected null, found 1`, `{"b":1,"d":[1]}`: `at /b: expected at least 5, found 1`, `{"d":[null]}`: `at /d: expected at least 2 items, found 1`,
		}},
	{`{"additionalProperties":false,"properties":{"a":{"allOf":[{"type":"object","required":["x"]},{"properties":{"y":false}}]}}}`,
		nil, map[string]string{`{"a":{"y":1}}`: `at /a: property "y" isn't allowed`, `{"a":{},"b":1}`: `at /a: missing property "x"`, `{"b":1,"a":{}}`: `unknown property "b"`}},
	{`{"anyOf":[{"properties":{"a":{"properties":{"b":{"minimum":5}}}}},{"maxProperties":0},false]}`, []string{`{}`},
		map[string]string{`{"a":{"b":1}}`: `at /a/b: expected at least 5 (the nearest of 3 alternatives), found 1`}},
	{`{"anyOf":[false,false]}`, nil, map[string]string{`1`: `expected no value, found 1`}},
	{`{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, []string{`{"a":1}`}, map[string]string{`{"a":1,"b":1}`: `properties "a" and "b" aren't allowed together`}},
	{`{"oneOf":[{"items":{"type":"null"}},{"items":{"type":"number"}},{"minItems":2}]}`, []string{`[1]`}, map[string]string{`[]`: `expected exactly one of 3 alternatives to fit, found that numbers 1 and 2 do`}},
	{`{"not":{"anyOf":[{"required":["a"]},{"minProperties":3}]}}`, []string{`{}`}, map[string]string{`{"a":1}`: `property "a" isn't allowed`, `{"b":1,"c":1,"d":1}`: `expected a value that not doesn't exclude, found an object`}},
	{`{"not":{"required":["a","b"]}}`, []string{`{"a":1}`}, map[string]string{`{"a":1,"b":1}`: `properties "a" and "b" aren't allowed together`}},
	{`{"not":{"minimum":1,"maximum":2}}`, []string{`0`, `3`}, map[string]string{`2`: `expected anything but at least 1 and at most 2, found 2`}},
	{`{"contains":{"required":["a"]},"minContains":2}`, []string{`[{"a":1},{"a":1}]`}, map[string]string{`[{"a":1}]`: `expected at least 2 items that are each an object with property "a", found 1`}},
	{`{"contains":{"items":true,"minItems":1}}`, []string{`[1]`}, map[string]string{`[[]]`: `expected at least 1 item that fits contains, found 0`}},
	{`{"prefixItems":[true],"items":false}`, []string{`[1]`}, map[string]string{`[1,2]`: `at /1: expected no further item, found 2`}},
	{`{"properties":{"a":false},"dependentSchemas":{"b":false}}`, []string{`{}`}, map[string]string{`{"a":1}`: `property "a" isn't allowed`, `{"b":1}`: `property "b" isn't allowed`}},
}

func TestCheck_keywords(t *testing.T) {
	for _, c := range keywords {
		s, err := validate.Compile(c.schema, ecma.Engine)
		if err != nil {
			t.Errorf("Compile(%s) = %v", c.schema, err)
			continue
		}
		for _, doc := range c.passes {
			if err := s.Check([]byte(doc)); err != nil {
				t.Errorf("%s: Check(%s) = %v, want nil", c.schema, doc, err)
			}
			if err := s.Remembering([]byte(doc)); err != nil {
				t.Errorf("%s: Check(%s), if it remembers, = %v, want nil", c.schema, doc, err)
			}
		}
		for doc, want := range c.fails {
			if err := s.Check([]byte(doc)); err == nil || err.Error() != want {
				t.Errorf("%s: Check(%s)\n = %v\nwant %v", c.schema, doc, err, want)
			}
			if err := s.Remembering([]byte(doc)); err == nil || err.Error() != want {
				t.Errorf("%s: Check(%s), if it remembers,\n = %v\nwant %v", c.schema, doc, err, want)
			}
		}
	}
}

func TestCheck_syntax(t *testing.T) {
	s := validate.MustCompile(`true`)
	for doc, want := range map[string]string{
		``:                   `expected a value, found the end of the document at offset 0`,
		` nul`:               `expected a value, found 'n' at offset 1`,
		`[1,]`:               `expected a value, found ']' at offset 3`,
		`[1 2]`:              `expected "," or "]", found '2' at offset 3`,
		`{"a":1,}`:           `expected a property name, found '}' at offset 7`,
		`{"a" 1}`:            `expected ":", found '1' at offset 5`,
		`{"a":1`:             `expected "," or "}", found the end of the document at offset 6`,
		`{"a":1,"\u0061":2}`: `property "a" twice`,
		`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"a":1}`: `property "a" twice`,
		`1 2`:                      `expected the end of the document, found '2' at offset 2`,
		`01`:                       `expected the end of the document, found '1' at offset 1`,
		`-`:                        `expected a digit, found the end of the document at offset 1`,
		`1.`:                       `expected a digit, found the end of the document at offset 2`,
		`1e+`:                      `expected a digit, found the end of the document at offset 3`,
		"\"\n\"":                   `expected a character of a string, found '\n' at offset 1`,
		`"\x"`:                     `expected an escape sequence, found '\\' at offset 1`,
		`"\u12`:                    `expected an escape sequence, found '\\' at offset 1`,
		"\"\xff\"":                 `expected valid UTF-8, found byte 0xff at offset 1`,
		`"a`:                       `expected a character of a string, found the end of the document at offset 2`,
		strings.Repeat("[", 10002): `expected at most 10000 levels of nesting, found '[' at offset 10001`,
	} {
		err := s.Check([]byte(doc))
		if err == nil || err.Error() != want {
			t.Errorf("Check(%.20q) = %v, want %s", doc, err, want)
		}
	}
}

func TestCheck_isACodecError(t *testing.T) {
	err := validate.MustCompile(`{"items":{"type":"null"}}`).Check([]byte(`[null, 1]`))
	var e *codec.Error
	if !errors.As(err, &e) || e.Pointer != "/1" || e.Offset != 7 || e.Expected != "null" || e.Found != "1" {
		t.Errorf("Check = %#v", err)
	}
}

func TestCompile_mistakes(t *testing.T) {
	for schema, want := range map[string]string{
		`{`:                                  `validate: a schema that isn't JSON: expected a property name, found the end of the document at offset 1`,
		`{"properties":{"a":{"minimun":1}}}`: `validate: /properties/a/minimun: unknown keyword "minimun"`,
		`{"items":{"$defs":{}}}`:             `validate: /items/$defs: unknown keyword "$defs"`,
		`{"type":"int"}`:                     `validate: /type: unknown type "int"`,
		`{"maxLength":1.5}`:                  `validate: /maxLength: expected a count, found 1.5`,
		`{"minimum":"1"}`:                    `validate: /minimum: expected a number, found "1"`,
		`{"items":[]}`:                       `validate: /items: expected a schema, found []`,
		`{"$ref":"#/$defs/a"}`:               `validate: /$ref: no definition "#/$defs/a"`,
		`{"pattern":"("}`:                    "validate: /pattern: error parsing regexp: missing closing ): `(`",
		`{"pattern":{"ecma":"(?=a)"}}`:       `validate: /pattern/ecma: no engine for the pattern "(?=a)"`,
		`{"pattern":{"re2":"a"}}`:            `validate: /pattern: no "ecma"`,
		`{"contentEncoding":"base32"}`:       `validate: /contentEncoding: expected one of ["base64"], found "base32"`,
	} {
		if _, err := validate.Compile(schema); err == nil || err.Error() != want {
			t.Errorf("Compile(%s) = %v, want %s", schema, err, want)
		}
	}
}

func TestMustCompile_panicsAtFirstUse(t *testing.T) {
	s := validate.MustCompile(`{"minimun":1}`)
	for range 2 {
		func() {
			defer func() {
				if p := recover(); p != `validate: /minimun: unknown keyword "minimun"` {
					t.Errorf("panic %v", p)
				}
			}()
			_ = s.Check([]byte(`1`))
		}()
	}
}

func TestCheck_endlessReferences(t *testing.T) {
	for _, schema := range []string{
		`{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"allOf":[{"$ref":"#/$defs/a"}]}}}`,
		`{"not":{"$ref":"#/$defs/a"},"$defs":{"a":{"not":{"$ref":"#/$defs/a"}}}}`,
		`{"anyOf":[{"$ref":"#/$defs/a"},true],"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"}]}}}`,
	} {
		err := validate.MustCompile(schema).Check([]byte(`1`))
		if want := "expected a schema without an endless loop of references, found 1"; err == nil || err.Error() != want {
			t.Errorf("%s: Check = %v, want %s", schema, err, want)
		}
	}
}

// A document that a pattern takes too long for is refused, even where a match
// would have ruled it out.
func TestCheck_patternGivesUp(t *testing.T) {
	s := validate.MustCompile(`{"not":{"pattern":{"ecma":"^(a|a?)+\\1c$"}}}`, ecma.Engine)
	err := s.Check([]byte(`"` + strings.Repeat("a", 64) + `b"`))
	if err == nil || !strings.Contains(err.Error(), "can judge in time") {
		t.Errorf("Check = %v", err)
	}
}

// What takes time that grows with the square of a document, or worse, would let
// a peer stop a server.
func TestCheck_hostileDocuments(t *testing.T) {
	numbers := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strconv.Itoa(i) + ",")
		}
		return b.String()
	}
	names := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(`"` + strconv.Itoa(i) + `":0,`)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		schema, doc string
		valid       bool
	}{
		"many items":      {`{"uniqueItems":true}`, `[` + numbers(100000) + `-1]`, true},
		"many names":      {`true`, `{` + names(100000) + `"x":0}`, true},
		"deep unique":     {`{"$ref":"#/$defs/a","$defs":{"a":{"uniqueItems":true,"items":{"$ref":"#/$defs/a"}}}}`, strings.Repeat("[-2,", 9000) + numbers(9000) + `-1` + strings.Repeat("]", 9000), true},
		"huge exponent":   {`{"multipleOf":0.001,"minimum":1,"enum":[1e999999999]}`, `1e999999999`, true},
		"deep ambiguity":  {`{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"items":{"$ref":"#/$defs/a"},"type":"array"},{"items":{"$ref":"#/$defs/a"},"type":"array"}]}}}`, strings.Repeat("[", 500) + strings.Repeat("]", 500), true},
		"deep ambiguity2": {`{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"items":{"$ref":"#/$defs/a"},"type":"array"},{"items":{"$ref":"#/$defs/a"},"type":"array"}]}}}`, strings.Repeat("[", 500) + "1" + strings.Repeat("]", 500), false},
	} {
		start := time.Now()
		err := validate.MustCompile(c.schema).Check([]byte(c.doc))
		if (err == nil) != c.valid {
			t.Errorf("%s: Check = %.200v", name, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestCheck_concurrently(t *testing.T) {
	s := validate.MustCompile(`{"type":"array","items":{"pattern":"^a"},"unevaluatedItems":false}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if s.Check([]byte(`["a","ab"]`)) != nil || s.Check([]byte(`["a","b"]`)) == nil {
					t.Error("wrong verdict")
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkCheck(b *testing.B) {
	s := validate.MustCompile(`{"type":"object","properties":{"id":{"type":"string","pattern":"^[0-9a-f]{8}$"},"items":{"type":"array","items":{
		"oneOf":[{"properties":{"kind":{"const":"a"},"n":{"type":"integer"}},"required":["kind","n"]},{"properties":{"kind":{"const":"b"}},"required":["kind"]}]}}},
		"if":{"required":["id"]},"then":{"required":["items"]},"not":{"required":["x"]}}`)
	doc := []byte(`{"id":"0123abcd","items":[{"kind":"a","n":1},{"kind":"b"},{"kind":"a","n":2,"more":[1,2,3]}],"note":"hello"}`)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Check(doc); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCheck_deepUnion finds what is wrong with a value inside of many unions: a
// constant says which branch of each is meant.
func TestCheck_deepUnion(t *testing.T) {
	s, err := validate.Compile(`{"$ref":"#/$defs/node","$defs":{"node":{"properties":{"x":{"type":"null"}},"oneOf":[
		{"properties":{"kind":{"const":"leaf"}},"required":["kind"],"maxProperties":2},
		{"properties":{"kind":{"const":"twig"},"child":{"$ref":"#/$defs/node"}},"required":["kind","child"]}]}}}`)
	if err != nil {
		t.Fatal(err)
	}
	const depth = 50
	doc := strings.Repeat(`{"x":null,"kind":"twig","child":`, depth) + `{"kind":"leaf","x":1}` + strings.Repeat(`}`, depth)
	var e *codec.Error
	if err := s.Check([]byte(doc)); !errors.As(err, &e) || e.Pointer != strings.Repeat("/child", depth)+"/x" || e.Sentence() != "expected null, found 1" {
		t.Errorf("Check = %v", err)
	}
}
