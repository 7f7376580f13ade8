package schema_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tpp-rpc/tpp/gen/schema"
)

// What two recursive schemas say of the same property is recursive itself.
func TestLoad_recursiveComposition(t *testing.T) {
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
	c, err := schema.Load(name, schema.Options{Types: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(c.Types); got != 4 {
		t.Errorf("got %d types, want the tree, its next, left and right", got)
	}
}
