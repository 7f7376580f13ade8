package load

import "testing"

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
