package orders_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/examples/orders"
)

// FuzzOrder checks that generated decoders accept exactly what encoding/json parses and
// jsonschema accepts, and that the value encodes again unchanged.
func FuzzOrder(f *testing.F) {
	order := orderSchema(f)
	for _, doc := range []string{
		string(orderJSON),
		`{"id":"ORD-00000001","placed":"2026-01-02T03:04:05Z","customer":{"id":1,"name":"A","email":"a@example.org"},"items":[{"sku":"ABC-1234","title":"x","quantity":1,"price":1e0}],"currency":"EUR","total":0}`,
		`{"id":"ORD-1","items":[]}`, `{"note":null,"gift":false}`, `[]`, `null`, `"\ud800"`, `{"id":`, `{"a":1}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if !utf8.Valid(doc) || len(doc) > 1<<16 {
			return
		}
		var o orders.Order
		got := o.UnmarshalJSON(doc)
		if got != nil && (strings.Contains(got.Error(), "twice") || strings.Contains(got.Error(), "64 bits")) {
			return // JSON Schema says nothing about it
		}
		var value any
		dec := json.NewDecoder(bytes.NewReader(doc))
		dec.UseNumber()
		want := dec.Decode(&value)
		if want == nil && !json.Valid(doc) {
			want = errors.New("more than one value")
		}
		if want == nil {
			want = order.Validate(value)
		}
		if (got == nil) != (want == nil) {
			t.Fatalf("%q\ngenerated code says %v\nencoding/json and jsonschema say %v", doc, got, want)
		}
		if got != nil {
			return
		}
		again, err := o.MarshalJSON()
		if err != nil {
			t.Fatalf("%q: encoding: %v", doc, err)
		}
		var same orders.Order
		if err := same.UnmarshalJSON(again); err != nil {
			t.Fatalf("%q came back as %q: %v", doc, again, err)
		}
	})
}
