package load

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/schema"
)

// A contract from elsewhere reads nothing but itself.
func TestBundled_readsNoFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	name := filepath.Join(dir, "item.json")
	if err := os.WriteFile(name, []byte(`{"type": "string"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"item.json", "./item.json", "../" + filepath.Base(dir) + "/item.json", name, "file://" + filepath.ToSlash(name)} {
		text := `{"tpp": "1", "service": "shop", "actions": {"get": {"response": {"$ref": "` + ref + `"}}}}`
		if _, err := Bundled("peer", text, Options{}); err == nil || !strings.Contains(err.Error(), "the contract doesn't bring ") {
			t.Errorf("$ref %q: %v", ref, err)
		}
		if err := os.WriteFile("shop.json", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Contract("shop.json", Options{}); err != nil {
			t.Errorf("$ref %q of a file: %v", ref, err)
		}
	}
	if _, err := Bundled("peer", `{"tpp"`, Options{}); err == nil || !strings.HasPrefix(err.Error(), "peer:1:") {
		t.Errorf("half a document: %v", err)
	}
}

// A bundle holds the definitions in use, of every document that leads to another.
func TestContract_document(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"contracts/shop.yaml": "tpp: '1'\nservice: shop\n# Not here.\nactions:\n  get:\n    response: {$ref: '../schemas/order.yaml#/$defs/Order'}\n    description: Gets `one`.\n",
		"schemas/order.yaml":  "$defs:\n  Order: {type: object, properties: {item: {$ref: item.json}, size: {type: number, multipleOf: 0.0000000000000000000010}}}\n  Unused: {type: string}\n",
		"schemas/item.json":   `{"type": "object", "properties": {"of": {"$ref": "order.yaml#/$defs/Order"}}, "definitions": {"Unused": {}}}`,
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Contract(filepath.Join(dir, "contracts/shop.yaml"), Options{Refs: []schema.Ref{{Prefix: "https://example.org/", Dir: dir}}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "tpp": "1",
  "service": "shop",
  "actions": {
    "get": {
      "response": {"$ref": "../schemas/order.yaml#/$defs/Order"},
      "description": "Gets \u0060one\u0060."
    }
  },
  "$id": "bundle:///contracts/shop.yaml",
  "documents": {
    "../schemas/item.json": {
      "type": "object",
      "properties": {"of": {"$ref": "order.yaml#/$defs/Order"}}
    },
    "../schemas/order.yaml": {
      "$defs": {
        "Order": {
          "type": "object",
          "properties": {
            "item": {"$ref": "item.json"},
            "size": {"type": "number", "multipleOf": 0.0000000000000000000010}
          }
        }
      }
    }
  }
}`
	if c.Document != want {
		t.Errorf("the document is\n%s\nwant:\n%s", c.Document, want)
	}
}
