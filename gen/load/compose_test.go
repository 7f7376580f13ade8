package load_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
)

// What two recursive schemas say of the same property is recursive itself.
func TestContract_recursiveComposition(t *testing.T) {
	name := filepath.Join(t.TempDir(), "tree.json")
	err := os.WriteFile(name, []byte(`{
		"type": "object",
		"allOf": [{"$ref": "#/definitions/left"}, {"$ref": "#/definitions/right"}],
		"definitions": {
			"left": {"type": "object", "properties": {"next": {"$ref": "#/definitions/left"}}},
			"right": {"type": "object", "properties": {"next": {"$ref": "#/definitions/right"}}}
		}
	}`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	c, err := load.Contract(name, load.Options{Types: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(c.Types); got != 4 {
		t.Errorf("got %d types, want the tree, its next, left and right", got)
	}
}

// A union of null and of what nothing fits is null.
func TestContract_nothingButNull(t *testing.T) {
	name := filepath.Join(t.TempDir(), "null.json")
	if err := os.WriteFile(name, []byte(`{"anyOf": [{"anyOf": [{"const": null}, {"type": "string", "const": 0}]}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := load.Contract(name, load.Options{Types: true})
	if err != nil {
		t.Fatal(err)
	}
	if root := c.Types[0]; root.Kind != model.Const || root.Values[0].JSON != "null" {
		t.Errorf("got kind %v with values %v, want the constant null", root.Kind, root.Values)
	}
}

// What an object without a type is composed of speaks of other values too.
func TestContract_checksOfWhatIsNoObject(t *testing.T) {
	name := filepath.Join(t.TempDir(), "loose.json")
	if err := os.WriteFile(name, []byte(`{"properties": {"a": true}, "allOf": [{"maximum": 1}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := load.Contract(name, load.Options{Types: true})
	if err != nil {
		t.Fatal(err)
	}
	if root := c.Types[0]; !root.Loose || root.Rules == nil {
		t.Errorf("loose %v, rules %v: the maximum is lost", root.Loose, root.Rules)
	}
}
