package schema

import (
	"os"
	"path/filepath"
	"testing"
)

// TestValidator judges messages of a contract whose schemas are spread over
// two files, use a pattern that RE2 can't express, and have branches.
func TestValidator(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("common.yaml", `
$defs:
  ID: {type: string, pattern: '^\d{3}$'}
`)
	name := write("shop.yaml", `
tpp: "1"
service: shop
description: Sells things.
deprecated: It has closed.
envelope:
  user: {schema: {$ref: "#/$defs/User"}, required: true}
actions:
  get:
    request:
      type: object
      required: [id]
      properties:
        id: {$ref: "common.yaml#/$defs/ID"}
        code: {type: string, pattern: '^(a)\1$'}
        when: {type: string, format: date}
    response: {type: integer}
  watch:
    stream:
      item:
        oneOf:
          - {type: object, required: [kind, n], properties: {kind: {const: sold}, n: {type: integer}}}
          - {type: object, required: [kind, price], properties: {kind: {const: priced}, price: {type: number, minimum: 0}}}
$defs:
  User: {type: string, minLength: 1}
`)
	v, err := NewValidator(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const request, response, envelope = "request", "response", "envelope"
	for _, tt := range []struct{ kind, name, doc, want string }{
		{request, "get", `{"id":"123","code":"zz"}`, ""},
		{request, "get", `{}`, `missing properties: 'id'`},
		{request, "get", `{"id":"12a"}`, `at /id: does not match pattern '^\d{3}$'`},
		{request, "get", `{"id":1,"when":"today"}`, "at /id: expected string, but got number\nat /when: 'today' is not valid 'date'"},
		{request, "watch", `[]`, ""},
		{response, "get", `1.0`, ""},
		{response, "get", `"1"`, `expected integer, but got string`},
		{response, "watch", `{"n":1,"kind":"sold"}`, ""},
		{response, "watch", `{"kind":"priced","price":-1}`, `at /price: must be >= 0 but found -1`},
		{envelope, "user", `"u"`, ""},
		{envelope, "user", `""`, `length must be >= 1, but got 0`},
	} {
		var err error
		switch tt.kind {
		case request:
			err = v.Request(tt.name, []byte(tt.doc))
		case response:
			err = v.Response(tt.name, []byte(tt.doc))
		default:
			err = v.EnvelopeKey(tt.name, []byte(tt.doc))
		}
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s of %s: %s is judged %q, want %q", tt.kind, tt.name, tt.doc, got, tt.want)
		}
	}
}
