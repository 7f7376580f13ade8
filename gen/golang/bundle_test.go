package golang_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/internal/golden"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// The document of every contract in the repository is the same contract.
func TestBundle(t *testing.T) {
	n := 0
	check := func(name string, c *model.Contract) {
		if c.Service != nil {
			n++
			checkBundle(t, name, c, load.Options{})
		}
	}
	for name, c := range golden.Contracts(t) {
		check(name, c)
	}
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" || strings.Contains(path, "testdata/positions") {
			return err
		}
		c, err := load.Contract(path, load.Options{})
		if err != nil {
			return err
		}
		check(path, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 20 {
		t.Errorf("found %d contracts", n)
	}
}

// Names of schemas that aliases of YAML repeat stand once in JSON.
func TestBundle_aliases(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "shop.yaml", `
tpp: "1"
service: shop
actions:
  get: {request: {type: object, properties: {a: {$ref: "#item"}, b: {$ref: "urn:order"}}}, response: {$ref: "#/$defs/All"}}
$defs:
  All:
    type: object
    properties:
      a: &item {$anchor: item, type: object, properties: {name: {type: string}}}
      b: *item
      c: &order {$id: "urn:order", type: object, properties: {next: {$ref: "#line"}, line: {$anchor: line, type: integer}}}
      d: *order
      e: {type: array, items: *order}
`)
	c, err := load.Contract(filepath.Join(dir, "shop.yaml"), load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkBundle(t, "shop.yaml", c, load.Options{})
	for name, want := range map[string]int{`"$anchor": "item"`: 1, `"$id": "urn:order"`: 1, `"$id": "urn:order?2"`: 1, `"$id": "urn:order?3"`: 1, `"$anchor": "line"`: 3} {
		if got := strings.Count(c.Document, name); got != want {
			t.Errorf("%s stands %d times, want %d:\n%s", name, got, want, c.Document)
		}
	}
}

// Contracts that refer to the schemas of the official test suite, as files, are the same
// when they have all in one document.
func TestBundle_official(t *testing.T) {
	s := openSuite(t)
	dir := t.TempDir()
	n := 0
	for _, draft := range suiteDrafts {
		for _, g := range s.groups(t, draft.folder) {
			if text := strings.ToLower(string(g.Schema)); !strings.Contains(text, `ref"`) {
				continue // it leads nowhere
			}
			write(t, dir, "contracts/schemas/group.json", string(g.Schema))
			write(t, dir, "contracts/shop.yaml", "tpp: '1'\nservice: shop\nactions: {get: {response: {$ref: schemas/group.json}}}\n")
			o := load.Options{Dialect: draft.dialect, Refs: []schema.Ref{{Prefix: "http://localhost:1234/", Dir: s.remotes()}}}
			c, err := load.Contract(filepath.Join(dir, "contracts/shop.yaml"), o)
			if err != nil {
				continue // it's stricter in contracts
			}
			n++
			checkBundle(t, fmt.Sprintf("%s/%s: %s", draft.folder, g.file, g.Description), c, load.Options{})
		}
	}
	t.Logf("%d schemas", n)
	if n < 150 {
		t.Errorf("only %d schemas can stand in a contract", n)
	}
}

// checkBundle reads the document of c again, and compares the contracts by what is made
// of them.
func checkBundle(t *testing.T, name string, c *model.Contract, o load.Options) {
	t.Helper()
	if !json.Valid([]byte(c.Document)) || strings.Contains(c.Document, "`") {
		t.Errorf("%s: the document isn't JSON for a raw string:\n%s", name, c.Document)
		return
	}
	again, err := load.Bundled(c.Source, c.Document, o)
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, c.Document)
		return
	}
	if again.Document != c.Document {
		t.Errorf("%s: the document of the document is another one:\n%s\nwant:\n%s", name, again.Document, c.Document)
	}
	want, err := golang.Emit(c, golang.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := golang.Emit(again, golang.Options{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d files, want %d", name, len(got), len(want))
		return
	}
	code := func(f gen.File) string { return schemaPlace.ReplaceAllString(string(f.Data), "$1$2") }
	for i := range want {
		if code(got[i]) != code(want[i]) {
			g, w := strings.Split(code(got[i]), "\n"), strings.Split(code(want[i]), "\n")
			line := 0
			for line < min(len(g), len(w))-1 && g[line] == w[line] {
				line++
			}
			t.Errorf("%s: %s differs in line %d:\n%s\nwant:\n%s\ndocument:\n%s", name, want[i].Name, line+1, g[line], w[line], c.Document)
			return
		}
	}
}

// schemaPlace is the name of a file in the comment that says where a schema stands.
var schemaPlace = regexp.MustCompile(`(?m)(^// ).*?(#/.*\.$)`)
