package load

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestContract_patterns reads schemas with patterns and references that the library with
// the metaschemas doesn't understand. They're valid, and what isn't is told in its
// place.
func TestContract_patterns(t *testing.T) {
	for _, draft := range []string{
		"http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#", "http://json-schema.org/draft-07/schema#",
		"https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema",
	} {
		for schema, want := range map[string]string{
			`"type":"array","items":{"pattern":"^(?!b)."}`:                                                                  "",
			`"items":{"pattern":"\\u0061"}`:                                                                                 "",
			`"dependencies":{"a":{"pattern":"^(?!b)."}}`:                                                                    "",
			`"patternProperties":{"^(?!b).":{"type":"integer"}}`:                                                            "",
			`"patternProperties":{"\\u0061":{"pattern":"(?=a)"}}`:                                                           "",
			`"items":{"not":{"anyOf":[{"items":{"pattern":"(?<=a)"}}]}}`:                                                    "",
			`"items":{"$ref":"#/definitions/a b"},"definitions":{"a b":{"enum":[{"pattern":"(?=a)"},{"pattern":"(?=b)"}]}}`: "",
			`"patternProperties":{"^(?!b).":{"minLength":"x"}}`:                                                             `minLength must be an integer, not the string "x"`,
			`"items":{"pattern":"("}`:                                                                                       `pattern "(" has a ( without its ) at character 1`,
			`"patternProperties":{"^(?!b.":{}}`:                                                                             `pattern "^(?!b." has a ( without its ) at character 2`,
			`"items":{"pattern":1}`:                                                                                         `pattern must be a string, not 1`,
			`"items":{"$ref":"#/definitions/%zz"}`:                                                                          `$ref "#/definitions/%zz": isn't a URI reference`,
		} {
			name := filepath.Join(t.TempDir(), "a.json")
			if err := os.WriteFile(name, fmt.Appendf(nil, "{\"$schema\":%q,%s}", draft, schema), 0o666); err != nil {
				t.Fatal(err)
			}
			_, err := Contract(name, Options{Types: true})
			if want == "" && err != nil || want != "" && (err == nil || !strings.HasSuffix(err.Error(), ": "+want) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("%s in %s: %v, want %s", schema, draft, err, want)
			}
		}
	}
}
