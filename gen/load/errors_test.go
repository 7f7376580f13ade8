package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"golang.org/x/tools/txtar"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/schemas"
)

var update = flag.Bool("update", false, "rewrite the messages in testdata/errors")

// A sample is a contract in an archive of testdata/errors, and what there is to
// say about it. In the archive, messages of shop.yaml are in shop.yaml.problems.
type sample struct {
	name     string
	file     *document.File
	problems gen.Problems
	want     string
}

// samples calls f for each archive in testdata/errors.
func samples(t *testing.T, f func(t *testing.T, a *txtar.Archive, list []*sample)) {
	t.Helper()
	names, err := filepath.Glob("../../testdata/errors/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in testdata/errors (%v)", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var list []*sample
			for _, file := range a.Files {
				if want, ok := strings.CutSuffix(file.Name, ".problems"); ok {
					i := slices.IndexFunc(list, func(s *sample) bool { return s.name == want })
					list[i].want = string(file.Data)
					continue
				}
				list = append(list, newSample(file))
			}
			f(t, a, list)
		})
	}
}

// newSample reads a contract of an archive. If nothing is wrong with it, what the
// emitter of Go has against its names counts.
func newSample(file txtar.File) *sample {
	s := &sample{name: file.Name}
	s.file = document.Parse(file.Name, file.Data, &s.problems)
	if s.file.Root == nil {
		return s
	}
	s.file.URI = "file:///" + file.Name
	c, err := read(s.file, Options{Validator: validator}, s.problems)
	if err == nil {
		_, err = golang.Emit(c, golang.Options{})
	}
	s.problems = nil
	errors.As(err, &s.problems)
	return s
}

// got returns the messages about s, a line each.
func (s *sample) got() string {
	if err := s.problems.Err(); err != nil {
		return err.Error() + "\n"
	}
	return ""
}

func TestContract_problems(t *testing.T) {
	samples(t, func(t *testing.T, a *txtar.Archive, list []*sample) {
		if *update {
			rewrite(t, a, list)
			return
		}
		for _, s := range list {
			if got := s.got(); got != s.want {
				t.Errorf("%s:\n%swant:\n%s", s.name, got, s.want)
			}
		}
	})
}

// rewrite puts the messages about each contract behind it.
func rewrite(t *testing.T, a *txtar.Archive, list []*sample) {
	t.Helper()
	files := a.Files
	a.Files = nil
	for _, s := range list {
		i := slices.IndexFunc(files, func(f txtar.File) bool { return f.Name == s.name })
		a.Files = append(a.Files, files[i])
		if got := s.got(); got != "" {
			a.Files = append(a.Files, txtar.File{Name: s.name + ".problems", Data: []byte(got)})
		}
	}
	name := path.Join("../../testdata/errors", path.Base(t.Name())+".txtar")
	if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestContract_schemaAgrees holds what reading says of contracts against the
// published schema of contracts, which editors use: both accept the same,
// apart from archives that say that a schema can't tell.
func TestContract_schemaAgrees(t *testing.T) {
	published := publishedSchema(t)
	samples(t, func(t *testing.T, a *txtar.Archive, list []*sample) {
		comment := strings.Join(strings.Fields(string(a.Comment)), " ")
		beyond := strings.Contains(comment, "The schema of contracts can't tell")
		for _, s := range list {
			if s.file.Root == nil {
				continue // no document to validate
			}
			err := published.Validate(value(t, s.file.Root))
			switch {
			case beyond && err != nil:
				t.Errorf("%s: the schema can tell after all: %v", s.name, err)
			case !beyond && err == nil && len(s.problems) > 0:
				t.Errorf("%s: the schema accepts what load refuses: %v", s.name, s.problems)
			case err != nil && len(s.problems) == 0:
				t.Errorf("%s: load accepts what the schema refuses: %#v", s.name, err)
			}
		}
	})
}

// value returns n as jsonschema wants it.
func value(t *testing.T, n *document.Node) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(n.JSON()))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// publishedSchema returns the schema of contracts.
func publishedSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("contract.schema.json", bytes.NewReader(schemas.Contract)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("contract.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestContract_schemaAgreesOnSlips puts a wrong value in every place of a valid
// contract in turn, and misspells every key: whatever the published schema
// refuses, reading does.
func TestContract_schemaAgreesOnSlips(t *testing.T) {
	published := publishedSchema(t)
	a, err := txtar.ParseFile("../../testdata/errors/valid.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var problems gen.Problems
	f := document.Parse(a.Files[0].Name, a.Files[0].Data, &problems)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	f.URI = "file:///" + f.Name
	compare := func(n *document.Node, mistake string) {
		_, loadErr := read(f, Options{}, nil)
		if err := published.Validate(value(t, f.Root)); err != nil && loadErr == nil {
			t.Errorf("%s: %s: load accepts what the schema refuses: %#v", n.Pos(), mistake, err)
		}
	}
	wrong := []document.Node{
		{Kind: document.Null}, {Kind: document.Bool}, {Kind: document.Bool, Bool: true}, {Kind: document.Number, Text: "-1.5"}, {Kind: document.Number, Text: "0"},
		{Kind: document.String}, {Kind: document.String, Text: "a b"}, {Kind: document.Array}, {Kind: document.Object},
		{Kind: document.Array, Items: []*document.Node{{Kind: document.Number, Text: "1", File: f}}},
		{Kind: document.Object, Members: []document.Member{{Name: "a b", Key: document.Node{Kind: document.String, Text: "a b", File: f}, Value: &document.Node{File: f}}}},
	}
	eachNode(f.Root, func(n *document.Node) {
		was := *n
		for _, w := range wrong {
			w.File, w.Line, w.Col = n.File, n.Line, n.Col
			*n = w
			compare(n, w.JSON())
			*n = was
		}
		for i := range n.Members {
			m := &n.Members[i]
			name := m.Name
			m.Name += "?"
			compare(&m.Key, m.Name)
			m.Name = name
		}
		for i := range n.Members {
			n.Members = slices.Delete(slices.Clone(was.Members), i, i+1)
			compare(n, "without "+was.Members[i].Name)
			*n = was
		}
	})
}

// eachNode calls f for n and all nodes in it.
func eachNode(n *document.Node, f func(*document.Node)) {
	f(n)
	for _, item := range n.Items {
		eachNode(item, f)
	}
	for i := range n.Members {
		eachNode(n.Members[i].Value, f)
	}
}

// TestContract_service reads the contract that has every key.
func TestContract_service(t *testing.T) {
	a, err := txtar.ParseFile("../../testdata/errors/valid.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var problems gen.Problems
	f := document.Parse(a.Files[0].Name, a.Files[0].Data, &problems)
	f.URI = "file:///" + f.Name
	c, err := read(f, Options{Validator: validator}, problems)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Service
	soldOut := &model.Error{
		Name: "SoldOut", Code: 2, Description: "There is none left.", Message: "it is sold out", Match: "sold out", Names: model.Names{"go": "NoneLeft"},
	}
	unpaid := &model.Error{Name: "Unpaid", Code: 2, Message: "unpaid", Match: "unpaid"}
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %+v, want %+v", what, got, want)
		}
	}
	check("service", []string{s.Name, s.Version, s.Description, s.Deprecated}, []string{"shop", "1.0", "Sells things.", "Use the market."})
	data := s.Errors[0].Data
	check("data", []any{data.Kind, data.Words, data.Declared}, []any{model.Struct, []string{"SoldOut", "data"}, true})
	for _, e := range s.Errors {
		e.Pos, e.Data = model.Pos{}, nil
	}
	check("errors", s.Errors, []*model.Error{soldOut, unpaid})

	user := s.Envelope.Fields[0]
	check("envelope key", []any{user.Name, user.Names, user.Description, user.Required, user.Default, user.Type.Kind},
		[]any{"user_id", model.Names{"go": "UserID"}, "Who asks.", false, `"nobody"`, model.String})

	want := []*model.Action{
		{
			Name: "buy", Names: model.Names{"go": "Purchase"}, Description: "Buys something.", Deprecated: "it may go away.",
			Reply: model.Reply{Kind: model.KeyFrom, Key: "name"}, Errors: []*model.Error{soldOut, unpaid},
			Idempotent: true, NoAuth: true, NoEnvelope: true,
			Wire: map[string]string{"socketproto": `{"service":30,"data":7}`, "tinyproto": "{}"},
		},
		{Name: "list", Reply: model.Reply{Kind: model.KeyNamed, Key: "items"}},
		{
			Name:   "watch",
			Stream: &model.Stream{Ack: `{"state":"open"}`, AckReply: model.Reply{Kind: model.Bare}, End: model.EndNull},
		},
		{Name: "follow", Reply: model.Reply{Kind: model.Bare}, Stream: &model.Stream{Ack: "null", End: model.EndNull}},
	}
	words := [][2][]string{
		{{"buy", "request"}, {"buy", "response"}},
		{{"list", "request"}, {"list", "response"}},
		{{"watch", "request"}, {"watch", "item"}},
		{{"follow", "request"}, {"follow", "item"}},
	}
	for i, a := range s.Actions {
		check(a.Name+" words", [2][]string{a.Request.Words, a.Response.Words}, words[i])
		a.Request, a.Response, a.Pos = nil, nil, model.Pos{}
		check(a.Name, a, want[i])
	}
}

func TestContract_publishedContracts(t *testing.T) {
	names, err := filepath.Glob("../../schemas/toxicbuild/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no contracts in schemas/toxicbuild (%v)", err)
	}
	for _, name := range names {
		c, err := Contract(name, Options{Validator: validator})
		if err != nil {
			t.Error(err)
			continue
		}
		for _, a := range c.Service.Actions {
			if a.Request == nil || a.Response == nil {
				t.Errorf("%s: action %s has no request or no response", name, a.Name)
			}
		}
	}
}
