package golang_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tpp-rpc/tpp/gen/load"
)

// Generated code stays in proportion to the schema, whatever it repeats. Lines of the
// schema are those of an indented document.
func TestSize(t *testing.T) {
	const uses = 1000
	const definitions = `{
		"name": {"type": "string", "pattern": "^[a-z]+$"},
		"point": {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}, "required": ["x"]},
		"size": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"$ref": "#/$defs/point"}]},
		"tree": {"type": "object", "properties": {"next": {"$ref": "#/$defs/tree"}, "all": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}
	}`
	for _, tt := range []struct {
		name, property string // used for each of many properties
		most           float64
	}{
		{"strings", `{"type": "string"}`, 3},
		{"references", `{"$ref": "#/$defs/point"}`, 4},
		{"lists of references", `{"type": "array", "items": {"$ref": "#/$defs/point"}}`, 3.7},
		{"maps of references", `{"type": "object", "additionalProperties": {"$ref": "#/$defs/tree"}}`, 4.6},
		{"references to a union", `{"$ref": "#/$defs/size"}`, 4},
		{"rules", `{"type": "string", "not": {"$ref": "#/$defs/name"}}`, 3.2},
		{"objects in place", `{"type": "object", "properties": {"a": {"type": "string"}, "b": {"$ref": "#/$defs/point"}}}`, 7},
		{"unions in place", `{"anyOf": [{"type": "string"}, {"type": "boolean"}, {"$ref": "#/$defs/point"}]}`, 8},
		{"enums in place", `{"enum": ["red", "green", "blue"]}`, 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var properties bytes.Buffer
			for i := range uses {
				if i > 0 {
					properties.WriteByte(',')
				}
				fmt.Fprintf(&properties, `"property%d": %s`, i, tt.property)
			}
			var schema bytes.Buffer
			err := json.Indent(&schema, fmt.Appendf(nil,
				`{"$defs": %s, "type": "object", "properties": {%s}}`, definitions, properties.Bytes()), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(t.TempDir(), "schema.json")
			if err := os.WriteFile(name, schema.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			c, err := load.Contract(name, load.Options{Types: true})
			if err != nil {
				t.Fatal(err)
			}
			files, err := emit(c)
			if err != nil {
				t.Fatal(err)
			}
			lines := 0
			for _, f := range files {
				lines += bytes.Count(f.Data, []byte("\n"))
			}
			ratio := float64(lines) / float64(bytes.Count(schema.Bytes(), []byte("\n")))
			t.Logf("%.2f lines of Go for a line of the schema", ratio)
			if ratio > tt.most {
				t.Errorf("%d lines of Go, %.2f for a line of the schema, want at most %.1f", lines, ratio, tt.most)
			}
		})
	}
}
