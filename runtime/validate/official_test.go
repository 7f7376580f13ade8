package validate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/ecma"
	"github.com/tpp-rpc/tpp/runtime/validate"
)

// TestCheck_official runs those groups of the official test suite that need no
// resolving of identifiers, where the suite is at hand.
func TestCheck_official(t *testing.T) {
	const suite = "../../../shared/conformance/jsts/tests/draft2020-12/"
	files, _ := filepath.Glob(suite + "*.json")
	if len(files) == 0 {
		t.Skip("the official test suite isn't in ../shared/conformance")
	}
	for _, name := range []string{"bignum", "ecmascript-regex", "non-bmp-regex", "float-overflow"} {
		files = append(files, suite+"optional/"+name+".json")
	}
	ran, skipped := 0, 0
	for _, file := range files {
		for _, g := range readGroups(t, file) {
			doc, ok := canonical(g.Schema)
			if !ok {
				skipped++
				continue
			}
			schema, err := validate.Compile(doc, ecma.Engine)
			if err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(file), g.Description, err)
				continue
			}
			for _, c := range g.Tests {
				ran++
				if err := schema.Check(c.Data); (err == nil) != c.Valid {
					t.Errorf("%s: %s: %s: Check(%s) = %v\n%s", filepath.Base(file), g.Description, c.Description, c.Data, err, doc)
				}
			}
		}
	}
	t.Logf("%d verdicts; %d groups need identifiers to be resolved", ran, skipped)
}

type group struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

func readGroups(t *testing.T, file string) []group {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var groups []group
	if err := json.Unmarshal(data, &groups); err != nil {
		t.Fatal(err)
	}
	return groups
}

// canonical rewrites a schema of draft 2020-12 into the form that this package
// compiles. It isn't ok if that takes more than following pointers.
func canonical(source []byte) (doc string, ok bool) {
	d := json.NewDecoder(bytes.NewReader(source))
	d.UseNumber()
	var root any
	if err := d.Decode(&root); err != nil {
		return "", false
	}
	c := canonicalizer{root: root, defs: map[string]any{}}
	out := c.schema(root)
	if c.stuck {
		return "", false
	}
	if m, ok := out.(map[string]any); ok && len(c.defs) > 0 {
		m["$defs"] = c.defs
	}
	text, err := json.Marshal(out)
	return string(text), err == nil
}

type canonicalizer struct {
	root  any
	defs  map[string]any
	stuck bool
}

func (c *canonicalizer) schema(s any) any {
	m, ok := s.(map[string]any)
	if !ok {
		return s
	}
	out := map[string]any{}
	for key, v := range m {
		switch key {
		case "$schema", "$comment", "$defs", "title", "description", "default", "examples", "readOnly", "writeOnly", "deprecated",
			"format", "contentEncoding", "contentMediaType", "contentSchema", "definitions", "dependencies":
		case "$id", "$anchor", "$dynamicRef", "$dynamicAnchor":
			c.stuck = true
		case "$ref":
			out[key] = c.ref(v.(string))
		case "pattern":
			out[key] = map[string]any{"ecma": v}
		case "patternProperties":
			var all []any
			for re, sub := range v.(map[string]any) {
				all = append(all, map[string]any{"ecma": re, "schema": c.schema(sub)})
			}
			out["x-patternProperties"] = all
		case "properties", "dependentSchemas":
			all := map[string]any{}
			for name, sub := range v.(map[string]any) {
				all[name] = c.schema(sub)
			}
			out[key] = all
		case "allOf", "anyOf", "oneOf", "prefixItems":
			var all []any
			for _, sub := range v.([]any) {
				all = append(all, c.schema(sub))
			}
			out[key] = all
		case "items", "contains", "unevaluatedItems", "additionalProperties", "propertyNames", "unevaluatedProperties", "not", "if", "then", "else":
			out[key] = c.schema(v)
		case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains":
			out[key] = json.Number(strings.TrimSuffix(fmt.Sprint(v), ".0"))
		default:
			if strings.HasPrefix(key, "min") || strings.HasPrefix(key, "max") || strings.HasPrefix(key, "exclusive") ||
				key == "multipleOf" || key == "type" || key == "enum" || key == "const" || key == "uniqueItems" ||
				key == "required" || key == "dependentRequired" {
				out[key] = v
			}
		}
	}
	return out
}

// ref makes a definition of what a reference leads to, and returns a reference
// to that.
func (c *canonicalizer) ref(ref string) string {
	pointer, ok := strings.CutPrefix(ref, "#")
	target := c.root
	for _, part := range strings.Split(pointer, "/")[1:] {
		part = strings.NewReplacer("~1", "/", "~0", "~", "%25", "%", "%22", `"`).Replace(part)
		switch in := target.(type) {
		case map[string]any:
			target = in[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err == nil && i < len(in) {
				target = in[i]
			}
		}
	}
	if !ok || pointer != "" && pointer[0] != '/' || target == nil {
		c.stuck = true
		return ""
	}
	name := strings.ReplaceAll(strings.ReplaceAll(pointer, "~", "-"), "/", ".")
	if c.defs[name] == nil {
		c.defs[name] = true
		c.defs[name] = c.schema(target)
	}
	return "#/$defs/" + name
}
