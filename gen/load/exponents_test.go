package load

import "testing"

// TestContract_exponents reads numbers that math/big doesn't expand. The library
// that validates schemas panics where it looks at one.
func TestContract_exponents(t *testing.T) {
	for _, tt := range []struct{ name, schema, want string }{
		{"a.yaml", `{type: number, multipleOf: 1e-999999999, const: 1e999999999}`,
			"a.yaml:1:28: multipleOf 1e-999999999 is out of range: an exponent must be between -1000000 and 1000000\n"},
		{"a.json", `{"type": "string", "maxLength": 1e9999999, "minLength": 1e-99999999}`,
			"a.json:1:33: maxLength 1e9999999 is out of range: an exponent must be between -1000000 and 1000000\n" +
				"a.json:1:57: minLength 1e-99999999 is out of range: an exponent must be between -1000000 and 1000000\n"},
		{"a.json", `{"type": "string", "required": [1e9999999]}`,
			"a.json:1:33: required must be a list of names, not 1e9999999\n"},
		{"a.json", `{"$schema": "http://json-schema.org/draft-07/schema#", "enum": [1e9999999, 1e9999998]}`, ""},
		{"a.json", `{"type": "number", "maximum": 1e9999999, "multipleOf": 1e-9999, "const": 1e9999999}`, ""},
	} {
		if got := problemsOf(tt.name, tt.schema); got != tt.want {
			t.Errorf("%s:\n%swant:\n%s", tt.schema, got, tt.want)
		}
	}
}
