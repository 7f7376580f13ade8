package validate_test

import (
	"encoding/json"
	"fmt"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/ecma"
	"github.com/tpp-rpc/tpp/runtime/validate"
)

// tick is more than the steps by which a system counts the time of a thread.
const tick = 20 * time.Millisecond

// linear fails if the time of f grows faster than the size of its input, which is 1 KiB,
// 32 KiB and 1 MiB. Of the time of this thread alone, 8 times as much may be used as is
// linear. What grows with the square takes minutes for 1 MiB, not a few seconds.
func linear(t *testing.T, name string, f func(size int)) {
	t.Helper()
	goruntime.LockOSThread() // busy is of one thread
	defer goruntime.UnlockOSThread()
	best := func(size, tries int) time.Duration {
		least := time.Hour
		for range tries {
			start := busy()
			f(size)
			least = min(least, busy()-start)
		}
		return least
	}
	before := max(best(1<<10, 3), tick)
	for _, size := range []int{32 << 10, 1 << 20} {
		took := best(size, 1)
		for range 4 {
			if took > 8*32*before {
				took = min(took, best(size, 1))
			}
		}
		if took > 8*32*before {
			t.Errorf("%s takes %v for %d KiB, but %v for a part of 32", name, took, size>>10, before)
			return
		}
		before = max(took, tick)
	}
}

// fill returns text as often as size has room for, quoted.
func fill(text string, size int) string {
	quoted, _ := json.Marshal(strings.Repeat(text, max(size/len(text), 1)))
	return string(quoted)
}

// check returns what judges documents that make makes.
func check(t *testing.T, schema string, make func(size int) string) func(size int) {
	t.Helper()
	s, err := validate.Compile(schema, ecma.Engine)
	if err != nil {
		t.Fatalf("%s: %v", schema, err)
	}
	return func(size int) { s.Check([]byte(make(size))) }
}

func TestLinear_formats(t *testing.T) {
	for _, format := range []string{
		"date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri", "iri-reference",
		"json-pointer", "regex", "relative-json-pointer", "time", "uri", "uri-reference", "uri-template", "uuid",
	} {
		for _, text := range []string{
			"P1", "1Y", "a.", "a@", ".xn--", "é", "{a}", "{a,", "%41", "[::", "~0/", "(a", "a\u0301",
		} {
			begin := map[string]string{"duration": "P", "uri": "a:", "iri": "a:", "json-pointer": "/", "relative-json-pointer": "1/"}[format]
			linear(t, format+" of "+text+"…", check(t, `{"format":"`+format+`"}`, func(size int) string {
				return `"` + begin + fill(text, size)[1:]
			}))
		}
	}
}

func TestLinear_patterns(t *testing.T) {
	for _, source := range []string{
		`^[a-z]*$`, `a*b`, `(a|a)*b`, `(a*)*b`, `^(a?){50}$`, `(?:[a-z]{1,64}\.){1,8}$`, `[^x]*x[^x]*x`, `(?i:abc)+$`,
		`^(?!x)(a|a?)+$`, `(?=.*b).*c`, `^(?:(?=.*b)a)*$`, `(?<=a.*)b`, `(?<!b+)a$`, `(?!(?:ab)*c)(?:ab?)*d`, `^(?=(?:a{1,20}){20}x)`,
		`^(a)\1*$`, `(a+)\1b`, `^(?=(a*))\1b`, `(?:(a)|b)*\1c`,
	} {
		pattern, _ := json.Marshal(source)
		schema := fmt.Sprintf(`{"items":{"pattern":{"ecma":%s}}}`, pattern)
		for _, text := range []string{"a", "aaaab"} {
			linear(t, source+" on one string of "+text+"…", check(t, schema, func(size int) string { return "[" + fill(text, size) + "]" }))
			if text != "a" {
				continue
			}
			many := "," + fill(text, 40)
			linear(t, source+" on many strings of "+text+"…", check(t, schema, func(size int) string {
				return "[" + strings.Repeat(many, max(size/len(many), 1))[1:] + "]"
			}))
		}
	}
}

func TestLinear_keywords(t *testing.T) {
	repeat := func(text string) func(size int) string {
		return func(size int) string { return "[" + strings.Repeat(text+",", max(size/len(text), 1)) + "0]" }
	}
	numbered := func(before, after string) func(size int) string {
		return func(size int) string {
			var b strings.Builder
			for i := 0; b.Len() < size; i++ {
				fmt.Fprintf(&b, ",%s%d%s", before, i, after)
			}
			return b.String()[1:]
		}
	}
	list := func(f func(int) string) func(int) string { return func(size int) string { return "[" + f(size) + "]" } }
	object := func(f func(int) string) func(int) string { return func(size int) string { return "{" + f(size) + "}" } }
	deep := func(begin, end string) func(size int) string {
		return func(size int) string {
			levels := min(size/(len(begin)+len(end)), 9000)
			return strings.Repeat(begin, levels) + "1" + strings.Repeat(end, levels)
		}
	}
	digits := func(begin, digit, end string) func(size int) string {
		return func(size int) string { return begin + strings.Repeat(digit, size) + end }
	}
	for _, c := range []struct {
		schema string
		docs   []func(int) string
	}{
		{`{"type":"array","items":{"type":["object","integer"]}}`, []func(int) string{repeat(`{"a":1}`), repeat("1e5")}},
		{`{"enum":[{"a":1},[1,[2]],"x",1e999]}`, []func(int) string{list(numbered(`{"a":`, `}`)), object(numbered(`"a`, `":1`)), deep("[", "]"), digits("1e", "9", ""), digits("", "1", "")}},
		{`{"items":{"enum":[{"a":1,"b":[{}]},"x"]}}`, []func(int) string{repeat(`{"b":[{}],"a":1.0}`), list(numbered(`{"a":`, `}`))}},
		{`{"multipleOf":0.0007,"minimum":1e-5,"exclusiveMaximum":1e400}`, []func(int) string{digits("", "7", ""), digits("1e", "7", ""), digits("1.", "0", "1"), digits("0.", "0", "1e-7")}},
		{`{"items":{"multipleOf":1e999999,"maximum":12345678901234567890123}}`, []func(int) string{repeat("1e999999"), repeat("12345678901234567890123")}},
		{`{"minLength":3,"maxLength":500}`, []func(int) string{func(size int) string { return fill("é\\", size) }}},
		{`{"contentEncoding":"base64","contentMediaType":"application/json"}`, []func(int) string{func(size int) string { return fill("W1tb", size) }, func(size int) string { return fill("eyIi", size) }}},
		{`{"uniqueItems":true,"minItems":1,"maxItems":1000000}`, []func(int) string{list(numbered("", "")), list(numbered(`{"a":[`, `],"b":1}`)), list(numbered("1.", "0e5"))}},
		{`{"$ref":"#/$defs/n","$defs":{"n":{"uniqueItems":true,"items":{"$ref":"#/$defs/n"}}}}`, []func(int) string{deep("[[],0,", "]"), list(numbered("[", "]"))}},
		{`{"prefixItems":[true,{"type":"integer"}],"contains":{"type":"string"},"minContains":0,"maxContains":5}`, []func(int) string{repeat("1"), repeat(`"a"`)}},
		{`{"prefixItems":[true],"contains":{"type":"integer"},"unevaluatedItems":{"type":"string"}}`, []func(int) string{repeat("1"), repeat(`"a"`)}},
		{`{"required":["a1","a2","zz"],"minProperties":1,"dependentRequired":{"a1":["a3"]}}`, []func(int) string{object(numbered(`"a`, `":1`))}},
		{`{"properties":{"a1":true},"patternProperties":{"^a":{"type":"integer"},"b":true},"additionalProperties":{"type":"string"},"propertyNames":{"maxLength":9}}`, []func(int) string{object(numbered(`"a`, `":1`)), object(numbered(`"c`, `":""`))}},
		{`{"dependentSchemas":{"a1":{"properties":{"a2":{"type":"integer"}}}},"unevaluatedProperties":{"type":"integer"}}`, []func(int) string{object(numbered(`"a`, `":1`)), object(numbered(`"\u0061`, `":""`))}},
		{`{"items":{"oneOf":[{"required":["a"]},{"required":["b"]},{"type":"integer"}]}}`, []func(int) string{repeat(`{"a":1}`), repeat(`{"a":1,"b":2}`)}},
		{`{"$ref":"#/$defs/n","$defs":{"n":{"properties":{"c":{"$ref":"#/$defs/n"}},"patternProperties":{"^c":{"$ref":"#/$defs/n"}},"if":{"properties":{"c":{"$ref":"#/$defs/n"}},"required":["c"]},"then":{"properties":{"c":{"$ref":"#/$defs/n"}}},"items":{"$ref":"#/$defs/n"},"not":{"const":"x"}}}}`,
			[]func(int) string{deep(`{"c":`, `}`), repeat(deep(`{"c":`, `}`)(200)), list(numbered(`{"c":{"c":`, `}}`))}},
		{`{"$ref":"#/$defs/n","$defs":{"n":{"anyOf":[{"type":"string"},{"type":"array","items":{"$ref":"#/$defs/n"}},{"type":"array","prefixItems":[{"$ref":"#/$defs/n"}]}]}}}`,
			[]func(int) string{deep("[", "]"), deep("[[", "],1]")}},
	} {
		for i, doc := range c.docs {
			linear(t, fmt.Sprintf("%s on document %d", c.schema, i), check(t, c.schema, doc))
		}
	}
}

// A level is a recursive type with rules, as the generator writes one.
type level struct{ c *level }

var levelRules = validate.MustCompile(`{"if":{"$ref":"#/$defs/if"},"then":{"$ref":"#/$defs/then"},"$defs":{
	"if":{"properties":{"c":{"$ref":"#/$defs/n"}},"required":["c"]},
	"n":{"type":"object","if":{"$ref":"#/$defs/if"},"then":{"$ref":"#/$defs/then"},"properties":{"c":{"$ref":"#/$defs/n"}}},
	"then":{"properties":{"c":{"$ref":"#/$defs/n"}}}}}`)

func (v *level) DecodeJSON(d *codec.Decoder) {
	at := d.Object()
	for d.Member() {
		if d.Name() == "c" {
			v.c = new(level)
			v.c.DecodeJSON(d)
		} else {
			d.Skip()
		}
	}
	d.Check(at, levelRules)
}

func TestLinear_decoder(t *testing.T) {
	for _, c := range []struct{ begin, middle, end string }{
		{`{"c":`, `{}`, `}`}, {`{"c":`, `{}`, `,"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`},
	} {
		linear(t, "a recursive type on "+c.begin+"…"+c.end, func(size int) {
			levels := min(size/(len(c.begin)+len(c.end)), 9000)
			doc := strings.Repeat(c.begin, levels) + c.middle + strings.Repeat(c.end, levels)
			if err := codec.Unmarshal([]byte(doc), new(level)); err != nil {
				t.Fatal(err)
			}
		})
	}
	linear(t, "a recursive type around much", func(size int) {
		doc := strings.Repeat(`{"c":`, 500) + `{"a":` + fill("a", size) + `}` + strings.Repeat(`}`, 500)
		if err := codec.Unmarshal([]byte(doc), new(level)); err != nil {
			t.Fatal(err)
		}
	})
}
