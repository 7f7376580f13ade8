package load

import (
	"testing"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
)

// TestContract_names gives two schemas one name.
func TestContract_names(t *testing.T) {
	for schema, want := range map[string]string{
		`{"$ref": "#a", "$defs": {"A": {"$anchor": "a", "type": "string"}, "B": {"$anchor": "a", "type": "integer"}}}`:    "a.json:1:84: $anchor \"a\" stands twice, at a.json:1:43 too: change one\n",
		`{"$ref": "#a", "$defs": {"A": {"$dynamicAnchor": "a"}, "B": {"$anchor": "a"}}}`:                                  "a.json:1:73: $anchor \"a\" stands twice, at a.json:1:50 too: change one\n",
		`{"$ref": "urn:x", "$defs": {"A": {"$id": "urn:x", "type": "string"}, "B": {"$id": "urn:x", "type": "integer"}}}`: "a.json:1:83: $id \"urn:x\" stands twice, at a.json:1:42 too: change one\n",
		`{"$ref": "#a", "$defs": {"A": {"$anchor": "a", "$dynamicAnchor": "a"}}}`:                                         "",
		`{"$ref": "#a", "$defs": {"A": {"$anchor": "a"}, "B": {"$id": "urn:b", "$anchor": "a"}}}`:                         "",
	} {
		if got := problemsOf("a.json", schema); got != want {
			t.Errorf("%s:\n%swant:\n%s", schema, got, want)
		}
	}
}

// TestContract_aliasOfName repeats a schema with a name by a YAML alias.
func TestContract_aliasOfName(t *testing.T) {
	const schema = `{properties: {a: &a {$anchor: x, type: string}, b: *a, c: &c {$id: "urn:c"}, d: *c}}`
	if got := problemsOf("a.yaml", schema); got != "" {
		t.Error(got)
	}
}

// TestContract_laterAnchor refers to an anchor that stands behind the reference.
func TestContract_laterAnchor(t *testing.T) {
	const contract = `{"tpp": "1", "service": "shop", "actions": {"list": {"response": {"$ref": "#item"}}},
		"$defs": {"Item": {"$anchor": "item", "type": "string"}}}`
	var problems gen.Problems
	file := document.Parse("a.json", []byte(contract), &problems)
	file.URI = "file:///a.json"
	if _, err := read(file, Options{}, problems); err != nil {
		t.Error(err)
	}
}
