package schemas_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"go.yaml.in/yaml/v4"

	"github.com/tpp-rpc/tpp/schemas"
)

// contractSchema compiles the schema of contracts.
func contractSchema(t *testing.T) *jsonschema.Schema {
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

// readYAML returns the document of a YAML file as JSON has it.
func readYAML(t *testing.T, name string) any {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	doc = nil
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestContract_acceptsPublishedContracts(t *testing.T) {
	s := contractSchema(t)
	files, err := filepath.Glob("toxicbuild/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no contracts in toxicbuild (%v)", err)
	}
	for _, name := range files {
		if err := s.Validate(readYAML(t, name)); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

// TestContract_explainsEveryKey asks for a description of each key that an
// author can write.
func TestContract_explainsEveryKey(t *testing.T) {
	var doc any
	if err := json.Unmarshal(schemas.Contract, &doc); err != nil {
		t.Fatal(err)
	}
	eachObject(doc, "#", func(at string, o map[string]any) {
		properties, _ := o["properties"].(map[string]any)
		for key, p := range properties {
			p, ok := p.(map[string]any)
			if !ok || o["type"] == nil {
				continue
			}
			if text, _ := p["description"].(string); text == "" {
				t.Errorf("%s/properties/%s has no description", at, key)
			}
		}
	})
}

// eachObject calls f for every object in a document.
func eachObject(v any, at string, f func(at string, o map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(at, v)
		for key, value := range v {
			eachObject(value, at+"/"+key, f)
		}
	case []any:
		for _, item := range v {
			eachObject(item, at+"/*", f)
		}
	}
}

// TestContract_dialect compiles the schemas inside each published contract as
// their dialect says, whatever the contract puts around them.
func TestContract_dialect(t *testing.T) {
	files, _ := filepath.Glob("toxicbuild/*.yaml")
	for _, name := range files {
		text, err := json.Marshal(readYAML(t, name))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat = true
		if err := c.AddResource(name+".json", bytes.NewReader(text)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		eachSchema(t, readYAML(t, name), func(pointer string) {
			if _, err := c.Compile(name + ".json#" + pointer); err != nil {
				t.Errorf("%s%s: %v", name, pointer, err)
			}
		})
	}
}

// eachSchema calls f with the pointer of every schema that a contract holds
// at its own level: requests, responses, items, envelope keys and definitions.
func eachSchema(t *testing.T, doc any, f func(pointer string)) {
	t.Helper()
	root := doc.(map[string]any)
	defs, _ := root["$defs"].(map[string]any)
	for name := range defs {
		f("/$defs/" + name)
	}
	envelope, _ := root["envelope"].(map[string]any)
	for name := range envelope {
		f("/envelope/" + name + "/schema")
	}
	for name, a := range root["actions"].(map[string]any) {
		a := a.(map[string]any)
		for _, key := range []string{"request", "response"} {
			if a[key] != nil {
				f("/actions/" + name + "/" + key)
			}
		}
		for _, key := range []string{"stream", "upload"} {
			if a[key] != nil {
				f("/actions/" + name + "/" + key + "/item")
			}
		}
	}
}
