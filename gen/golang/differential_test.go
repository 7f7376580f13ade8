package golang_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tpp-rpc/tpp/gen/load"
)

var (
	differentialSchemas   = flag.Int("differential.schemas", 60, "how many random schemas TestDifferential compiles")
	differentialDocuments = flag.Int("differential.documents", 300, "how many random documents it has each of them judge")
	differentialSeed      = flag.Uint64("differential.seed", 1, "where its random numbers begin")
)

// TestDifferential has generated code judge random documents by random
// schemas of every draft, and jsonschema, which shares no line with it, judge
// them too. What is accepted must also come back as it was.
//
//	go test ./gen/golang -run Differential -differential.schemas=2000 -differential.seed=7 -timeout 1h
func TestDifferential(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	rnd := rand.New(rand.NewPCG(*differentialSeed, 0))
	j := newJudge(t)
	dir := t.TempDir()
	var tests []*judged
	var questions []question
	for range *differentialSchemas {
		test := newJudged(t, rnd, j, dir)
		tests = append(tests, test)
		questions = append(questions, question{test.pkg, test.docs})
	}
	j.build(t)
	verdicts, accepted := 0, 0
	for i, answers := range j.ask(t, questions) {
		n, ok := tests[i].compare(t, answers)
		verdicts += n
		accepted += ok
	}
	t.Logf("%d verdicts by %d schemas, %d of them accepted", verdicts, len(tests), accepted)
}

// A judged is one random schema with the documents to judge.
type judged struct {
	pkg    string
	schema string
	oracle *jsonschema.Schema
	docs   []json.RawMessage
}

// newJudged makes a random schema that jsonschema compiles, adds its types to j
// and makes documents for it. The file of the schema is in dir.
func newJudged(t *testing.T, rnd *rand.Rand, j *judge, dir string) *judged {
	t.Helper()
	for {
		r := randomSchema{Rand: rnd, draft: drafts[rnd.IntN(len(drafts))]}
		s := r.document()
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		c.LoadURL = func(url string) (io.ReadCloser, error) { return nil, fmt.Errorf("%s isn't here", url) }
		if err := c.AddResource("root.json", bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		oracle, err := c.Compile("root.json")
		if err != nil {
			continue // it refers to itself without end, or nowhere
		}
		write(t, dir, "root.json", string(text))
		contract, err := load.Contract(filepath.Join(dir, "root.json"), load.Options{Types: true, Root: "Root"})
		if err != nil && strings.Contains(err.Error(), "refers to itself without end") {
			continue // in a definition that jsonschema didn't come to
		}
		if err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
		test := &judged{pkg: j.add(t, contract), schema: string(text), oracle: oracle}
		for range *differentialDocuments {
			doc, err := json.Marshal(r.sample(s, 0))
			if err != nil {
				t.Fatal(err)
			}
			test.docs = append(test.docs, doc)
		}
		return test
	}
}

// compare compares verdicts with those of jsonschema, up to the first difference.
// It returns the number of verdicts and of documents accepted.
func (j *judged) compare(t *testing.T, answers []verdict) (verdicts, accepted int) {
	t.Helper()
	for i, doc := range j.docs {
		verdicts++
		err := j.oracle.Validate(exact(t, doc))
		if complaint := answers[i].complaint(t, doc, err == nil); complaint != "" {
			t.Errorf("schema %s\ndocument %s\n%s\njsonschema says %v", j.schema, doc, complaint, err)
			return verdicts, accepted
		}
		if err == nil {
			accepted++
		}
	}
	return verdicts, accepted
}

var drafts = []string{
	"http://json-schema.org/draft-04/schema#",
	"http://json-schema.org/draft-06/schema#",
	"http://json-schema.org/draft-07/schema#",
	"https://json-schema.org/draft/2019-09/schema",
	"https://json-schema.org/draft/2020-12/schema",
}

// randomSchema makes schemas and documents from a small stock of names and
// values, so that they meet often.
type randomSchema struct {
	*rand.Rand
	draft string
	defs  int
}

type object = map[string]any

var (
	stockNames   = []string{"a", "b", "c", "kind", "a-b"}
	stockStrings = []string{"", "a", "b", "ab", "abc", "é", "1", "true", "x y"}
	stockNumbers = []string{"0", "1", "2", "3", "-1", "1.0", "0.5", "1.5", "1e2", "12345678901234567890", "0.1"}
	stockTypes   = []string{"null", "boolean", "integer", "number", "string", "array", "object"}
	stockRegexps = []string{"^a", "b$", "^[ab]+$", "c", "^$", "^a-"}
)

// number returns the text of a number. In draft 4 an integer is written
// without fraction and exponent, which jsonschema doesn't mind.
func (r *randomSchema) number() json.Number {
	for {
		n := pick(r.Rand, stockNumbers)
		if r.since("draft-06") || !strings.ContainsAny(n, "e") && !strings.HasSuffix(n, ".0") {
			return json.Number(n)
		}
	}
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// since reports whether the draft is one of the named, or a later one.
func (r *randomSchema) since(version string) bool {
	order := []string{"draft-04", "draft-06", "draft-07", "2019-09", "2020-12"}
	at := func(s string) int {
		for i, o := range order {
			if strings.Contains(s, o) {
				return i
			}
		}
		return -1
	}
	return at(r.draft) >= at(version)
}

func (r *randomSchema) document() object {
	r.defs = 1 + r.IntN(3)
	s, ok := r.schema(0).(object)
	for !ok {
		s, ok = r.schema(0).(object)
	}
	s["$schema"] = r.draft
	defs := object{}
	for i := range r.defs {
		defs[fmt.Sprintf("d%d", i)] = r.schema(1)
	}
	s["definitions"] = defs
	if _, ok := s["$ref"]; ok && !r.since("2019-09") {
		s = object{"$schema": r.draft, "definitions": defs, "allOf": []any{object{"$ref": s["$ref"]}}}
	}
	return s
}

func (r *randomSchema) schema(depth int) any {
	switch n := r.IntN(20); {
	case n == 0 && r.since("draft-06"):
		return r.IntN(4) > 0
	case n == 1:
		return object{}
	case n <= 4 && depth > 0:
		ref := object{"$ref": fmt.Sprintf("#/definitions/d%d", r.IntN(r.defs))}
		if r.since("2019-09") && r.IntN(3) == 0 {
			r.keyword(ref, depth+1)
		}
		return ref
	}
	s := object{}
	if r.IntN(4) > 0 {
		s["type"] = pick(r.Rand, stockTypes)
		if r.IntN(5) == 0 {
			first := pick(r.Rand, stockTypes)
			second := pick(r.Rand, stockTypes)
			s["type"] = []any{first}
			if first != second {
				s["type"] = []any{first, second}
			}
		}
		if r.IntN(3) == 0 {
			s["type"] = "object"
		}
	}
	for range r.IntN(4) {
		r.keyword(s, depth)
	}
	if s["type"] == "object" && depth < 4 {
		s["properties"] = r.properties(depth)
		if r.IntN(2) == 0 {
			s["required"] = []any{pick(r.Rand, stockNames)}
		}
	}
	return s
}

func (r *randomSchema) properties(depth int) object {
	p := object{}
	for range 1 + r.IntN(3) {
		p[pick(r.Rand, stockNames)] = r.schema(depth + 1)
	}
	return p
}

func (r *randomSchema) list(depth int) []any {
	list := []any{r.schema(depth + 1)}
	for range r.IntN(3) {
		list = append(list, r.schema(depth+1))
	}
	return list
}

// keyword adds one keyword of the draft to s.
func (r *randomSchema) keyword(s object, depth int) {
	leaf := depth >= 4
	sub := func() any { return r.schema(depth + 1) }
	number := r.number
	switch n := r.IntN(38); {
	case n == 0:
		values := []any{r.value(2)}
		if v := r.value(2); !sameValue(normal(v), normal(values[0])) {
			values = append(values, v)
		}
		s["enum"] = values
	case n == 1 && r.since("draft-06"):
		s["const"] = r.value(2)
	case n == 2:
		s["minimum"] = number()
	case n == 3:
		s["maximum"] = number()
	case n == 4 && r.since("draft-06"):
		s["exclusiveMinimum"] = number()
	case n == 5 && r.since("draft-06"):
		s["exclusiveMaximum"] = number()
	case n == 6:
		s["multipleOf"] = json.Number(pick(r.Rand, []string{"1", "2", "0.5", "0.1"}))
	case n == 7:
		s["minLength"] = r.IntN(3)
	case n == 8:
		s["maxLength"] = r.IntN(4)
	case n == 9:
		s["pattern"] = pick(r.Rand, stockRegexps)
	case n == 10:
		s["minItems"] = r.IntN(3)
	case n == 11:
		s["maxItems"] = r.IntN(4)
	case n == 12:
		s["uniqueItems"] = true
	case n == 13:
		s["minProperties"] = r.IntN(3)
	case n == 14:
		s["maxProperties"] = r.IntN(4)
	case n == 15:
		s["required"] = []any{pick(r.Rand, stockNames)}
	case n == 16 && r.since("2019-09"):
		s["dependentRequired"] = object{pick(r.Rand, stockNames): []any{pick(r.Rand, stockNames)}}
	case leaf:
	case n <= 18:
		s["properties"] = r.properties(depth)
	case n == 19:
		s["additionalProperties"] = sub()
		if r.IntN(2) == 0 {
			s["additionalProperties"] = false
		}
	case n == 20:
		s["patternProperties"] = object{pick(r.Rand, stockRegexps): sub()}
	case n == 21 && r.since("draft-06"):
		s["propertyNames"] = sub()
	case n <= 23:
		s["items"] = sub()
	case n == 24 && r.since("2020-12"):
		s["prefixItems"] = r.list(depth)
	case n == 24:
		s["items"] = r.list(depth)
		if r.IntN(2) == 0 {
			s["additionalItems"] = sub()
		}
	case n == 25 && r.since("draft-06"):
		s["contains"] = sub()
		if r.since("2019-09") {
			s["minContains"] = r.IntN(3)
		}
	case n <= 27:
		s["anyOf"] = r.list(depth)
	case n <= 29:
		s["oneOf"] = r.list(depth)
	case n <= 31:
		s["allOf"] = r.list(depth)
	case n == 32:
		s["not"] = sub()
	case n == 33 && r.since("draft-07"):
		s["if"], s["then"], s["else"] = sub(), sub(), sub()
	case n == 34 && r.since("2019-09"):
		s["dependentSchemas"] = object{pick(r.Rand, stockNames): sub()}
	case n == 34:
		s["dependencies"] = object{pick(r.Rand, stockNames): sub()}
	case n == 35 && r.since("2019-09"):
		s["unevaluatedProperties"] = sub()
		if r.IntN(2) == 0 {
			s["unevaluatedProperties"] = false
		}
	case n == 36 && r.since("2019-09"):
		s["unevaluatedItems"] = sub()
	}
}

// normal returns v as it would be decoded.
func normal(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var n any
	if err := dec.Decode(&n); err != nil {
		panic(err)
	}
	return n
}

// value returns any small document.
func (r *randomSchema) value(depth int) any {
	n := 7
	if depth > 3 {
		n = 5
	}
	switch r.IntN(n) {
	case 0:
		return nil
	case 1:
		return r.IntN(2) == 0
	case 2, 3:
		return r.number()
	case 4:
		return pick(r.Rand, stockStrings)
	case 5:
		list := []any{}
		for range r.IntN(4) {
			list = append(list, r.value(depth+1))
		}
		return list
	}
	o := object{}
	for range r.IntN(4) {
		o[pick(r.Rand, stockNames)] = r.value(depth + 1)
	}
	return o
}

// sample returns a document that s may well accept, and often doesn't.
func (r *randomSchema) sample(s any, depth int) any {
	o, ok := s.(object)
	if !ok || depth > 8 || r.IntN(12) == 0 {
		return r.value(depth)
	}
	if c, ok := o["const"]; ok {
		return c
	}
	if e, ok := o["enum"].([]any); ok {
		return pick(r.Rand, e)
	}
	for _, k := range []string{"anyOf", "oneOf", "allOf"} {
		if list, ok := o[k].([]any); ok && r.IntN(2) == 0 {
			return r.sample(pick(r.Rand, list), depth+1)
		}
	}
	kind, _ := o["type"].(string)
	if list, ok := o["type"].([]any); ok {
		kind, _ = pick(r.Rand, list).(string)
	}
	switch {
	case kind == "null":
		return nil
	case kind == "boolean":
		return r.IntN(2) == 0
	case kind == "integer", kind == "number":
		return r.number()
	case kind == "string":
		return pick(r.Rand, stockStrings)
	case kind == "array", kind == "" && o["items"] != nil:
		return r.sampleArray(o, depth)
	case kind == "object", kind == "" && o["properties"] != nil:
		return r.sampleObject(o, depth)
	}
	return r.value(depth)
}

func (r *randomSchema) sampleArray(o object, depth int) any {
	list := []any{}
	for i := range r.IntN(4) {
		item := o["items"]
		if prefix, ok := o["prefixItems"].([]any); ok && i < len(prefix) {
			item = prefix[i]
		}
		list = append(list, r.sample(item, depth+1))
	}
	return list
}

func (r *randomSchema) sampleObject(o object, depth int) any {
	doc := object{}
	properties, _ := o["properties"].(object)
	for _, name := range stockNames {
		if p, ok := properties[name]; ok && r.IntN(4) > 0 {
			doc[name] = r.sample(p, depth+1)
		} else if r.IntN(6) == 0 {
			doc[name] = r.value(depth + 1)
		}
	}
	if required, ok := o["required"].([]any); ok && r.IntN(5) > 0 {
		for _, name := range required {
			if name := name.(string); doc[name] == nil {
				doc[name] = r.sample(properties[name], depth+1)
			}
		}
	}
	return doc
}
