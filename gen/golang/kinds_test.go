package golang_test

import (
	"cmp"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/model"
)

// samples are a value of every kind, and how such a type is made. A Never has
// no value.
var samples = []struct {
	kind model.Kind
	json string
	more func(t *model.Type)
}{
	{model.Any, `{"a":[1,null]}`, nil},
	{model.Bool, `true`, nil},
	{model.Int, `-7`, nil},
	{model.Uint, `18446744073709551615`, nil},
	{model.Float, `1.5`, nil},
	{model.Number, `1e400`, nil},
	{model.Integer, `123456789012345678901234567890`, nil},
	{model.String, `"half a pair: \ud800"`, nil},
	{model.Bytes, `"AAE="`, nil},
	{model.DateTime, `"2026-01-31t23:59:60z"`, nil},
	{model.Addr, `"192.0.2.1"`, func(t *model.Type) { t.Checks.Format = "ipv4" }},
	{model.Enum, `"a"`, func(t *model.Type) { t.Values = []model.Value{{JSON: `"a"`}, {JSON: `"b"`}} }},
	{model.Const, `"c"`, func(t *model.Type) { t.Values = []model.Value{{JSON: `"c"`}} }},
	{model.List, `["x"]`, func(t *model.Type) { t.Elem = &model.Type{Kind: model.String} }},
	{model.Tuple, `["x",true]`, func(t *model.Type) {
		t.Prefix = []*model.Type{{Kind: model.String}}
		t.Elem = &model.Type{Kind: model.Bool}
	}},
	{model.Map, `{"k":true}`, func(t *model.Type) { t.Elem = &model.Type{Kind: model.Bool} }},
	{model.Struct, `{"f":"x"}`, func(t *model.Type) {
		t.Fields = []*model.Field{{Name: "f", Type: &model.Type{Kind: model.String}, Required: true}}
	}},
	{model.Union, `"x"`, func(t *model.Type) {
		t.Branches = []*model.Branch{
			{Words: []string{"number"}, Type: &model.Type{Kind: model.Int}},
			{Words: []string{"text"}, Type: &model.Type{Kind: model.String}},
		}
	}},
	{model.Nullable, `"x"`, func(t *model.Type) { t.Elem = &model.Type{Kind: model.String} }},
	{model.Never, ``, nil},
}

// Every kind works in every place where a value can stand: what is written
// compiles, vets, and gives documents back as they were.
func TestEmit_everyKindEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	c := &model.Contract{Source: "kinds.yaml"}
	var documents strings.Builder
	for kind := model.Any; kind <= model.Never; kind++ {
		sample := samples[kind]
		if sample.kind != kind {
			t.Fatalf("samples[%v] is of kind %v", kind, sample.kind)
		}
		make := func(words ...string) *model.Type {
			made := &model.Type{Kind: kind, Words: words}
			if sample.more != nil {
				sample.more(made)
			}
			return made
		}
		owner := fmt.Sprintf("kind %d", kind)
		everywhere, document := places(owner, sample.json, make)
		declared := make(owner, "declared")
		declared.Declared = true
		hiding, _ := places(owner+" hiding", sample.json, func(words ...string) *model.Type {
			t := make(words...)
			t.Secret = true
			return t
		})
		hidden := make(owner, "hidden")
		hidden.Declared, hidden.Secret = true, true
		c.Types = append(c.Types, everywhere, declared, hiding, hidden)
		fmt.Fprintf(&documents, "\t{new(Kind%dHiding), %q},\n", kind, document)
		if sample.json != "" {
			fmt.Fprintf(&documents, "\t{new(Kind%dHidden), %q},\n", kind, sample.json)
		}
		if sample.json != "" {
			fmt.Fprintf(&documents, "\t{new(Kind%dDeclared), %q},\n", kind, sample.json)
		}
		fmt.Fprintf(&documents, "\t{new(Kind%d), %q},\n", kind, document)
	}
	files, err := emit(c)
	if err != nil {
		t.Fatal(err)
	}

	dir := newModule(t, "kinds")
	write(t, dir, "kinds_test.go", fmt.Sprintf(roundTrip, documents.String()))
	for _, f := range files {
		write(t, dir, f.Name, string(f.Data))
	}
	for _, args := range [][]string{{"vet", "-mod=mod", "./..."}, {"test", "-mod=mod", "./..."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", args[0], err, out)
		}
	}
}

// places returns a struct with the type of a sample in every place, and a
// document of it.
func places(owner, json string, make func(words ...string) *model.Type) (*model.Type, string) {
	t := &model.Type{Kind: model.Struct, Words: []string{owner}, Pos: model.Pos{File: owner}}
	var document []string
	add := func(name string, typ *model.Type, required bool, value string) {
		t.Fields = append(t.Fields, &model.Field{Name: name, Type: typ, Required: required})
		if value != "" {
			document = append(document, fmt.Sprintf("%q:%s", name, value))
		}
	}
	around := func(format string) string {
		if json == "" {
			return strings.ReplaceAll(format, "%s", "")
		}
		return strings.ReplaceAll(format, "%s", json)
	}
	nullable := func(elem *model.Type) *model.Type { return &model.Type{Kind: model.Nullable, Elem: elem} }
	isNullable := make().Kind == model.Nullable

	if json != "" {
		add("required", make(owner, "required"), true, json)
		add("optional", make(owner, "optional"), false, json)
	}
	add("absent", make(owner, "absent"), false, "")
	if !isNullable {
		if json != "" {
			add("value", nullable(make(owner, "value")), true, json)
			add("some", nullable(make(owner, "some")), false, json)
		}
		add("null", nullable(make(owner, "null")), true, "null")
		add("none", nullable(make(owner, "none")), false, "null")
		add("nulls", &model.Type{Kind: model.List, Elem: nullable(make(owner, "nulls"))}, true, "[null]")
	}
	add("list", &model.Type{Kind: model.List, Elem: make(owner, "list")}, true, around("[%s]"))
	add("lists", &model.Type{Kind: model.List, Elem: &model.Type{Kind: model.List, Elem: make(owner, "lists")}}, true, around("[[%s],[]]"))
	add("map", &model.Type{Kind: model.Map, Elem: &model.Type{Kind: model.List, Elem: make(owner, "map")}}, true, around(`{"a":[%s]}`))
	add("maps", &model.Type{Kind: model.Map, Elem: &model.Type{Kind: model.Map, Elem: make(owner, "maps")}}, false, `{"b":{}}`)
	add("tuple", &model.Type{
		Kind: model.Tuple, Words: []string{owner, "tuple"},
		Prefix: []*model.Type{make(owner, "tuple", "first"), make(owner, "tuple", "second")},
		Elem:   make(owner, "tuple", "rest"),
	}, true, around("[%s]"))
	add("union", &model.Type{
		Kind: model.Union, Words: []string{owner, "union"}, AtMost: 1,
		Branches: []*model.Branch{
			{Words: []string{"one"}, Type: make(owner, "union", "one")},
			{Words: []string{"none"}, Type: &model.Type{Kind: model.Struct, Words: []string{owner, "union", "none"}}},
			{Words: []string{"null"}, Type: &model.Type{Kind: model.Const, Values: []model.Value{{JSON: "null"}}}},
		},
	}, true, "{}")
	if json == "{}" || make().Kind == model.Any || make().Kind == model.Struct || make().Kind == model.Map {
		document[len(document)-1] = `"union":` + map[bool]string{true: "{}", false: json}[make().Kind == model.Struct]
	}
	add("switch", &model.Type{
		Kind: model.Union, Words: []string{owner, "switch"},
		Select: &model.Select{Cases: []model.Case{{JSON: cmp.Or(model.JSONTypeOf(json), model.JSONNull), Branches: []int{0}}}},
		Branches: []*model.Branch{
			{Words: []string{"one"}, Type: make(owner, "switch", "one")},
		},
	}, false, json)
	t.Open = make(owner, "open")
	if json != "" {
		document = append(document, `"zzz":`+json)
	}
	return t, "{" + strings.Join(document, ",") + "}"
}

// roundTrip is the test of what was written.
const roundTrip = `package kinds

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

type value interface {
	codec.Unmarshaler
	AppendJSON(dst []byte) ([]byte, error)
	UnmarshalJSON([]byte) error
	MarshalJSON() ([]byte, error)
	Validate() error
}

var documents = []struct {
	into value
	json string
}{
%s}

func Test(t *testing.T) {
	for _, d := range documents {
		if err := d.into.UnmarshalJSON([]byte(d.json)); err != nil {
			t.Errorf("%%T: %%v in %%s", d.into, err, d.json)
			continue
		}
		if got, err := d.into.MarshalJSON(); err != nil || string(got) != d.json {
			t.Errorf("%%T: %%v\n%%s, want\n%%s", d.into, err, got, d.json)
		}
		if err := d.into.Validate(); err != nil {
			t.Errorf("%%T: %%v", d.into, err)
		}
		if text := fmt.Sprint(d.into); strings.Contains(text, "PANIC") || strings.Contains(text, "half a pair") && strings.Contains(fmt.Sprintf("%%T", d.into), "Hid") {
			t.Errorf("%%T prints %%s", d.into, text)
		}
		if err := d.into.UnmarshalJSON([]byte(d.json + "x")); err == nil {
			t.Errorf("%%T takes what follows its document", d.into)
		}
	}
}
`
