package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/tpp-rpc/tpp/cmd/tpp/testdata/parcels"
	"github.com/tpp-rpc/tpp/examples/orders"
	"github.com/tpp-rpc/tpp/examples/slave/slave"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/sample"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// TestValidator_mutations changes documents that fit in every place, one at a time.
// The validator refuses what generated code refuses.
func TestValidator_mutations(t *testing.T) {
	decode := func(v codec.Unmarshaler) func([]byte) error {
		return func(doc []byte) error { return codec.Unmarshal(doc, v) }
	}
	request := func(a *model.Action) *model.Type { return a.Request }
	response := func(a *model.Action) *model.Type { return a.Response }
	var v validator
	refused := 0
	for _, tt := range []struct {
		file, action string
		of           func(*model.Action) *model.Type
		decode       func(doc []byte) error
	}{
		{"testdata/parcels/parcels.yaml", "job", request, decode(new(parcels.Job))},
		{"testdata/parcels/parcels.yaml", "send", request, decode(new(parcels.Parcel))},
		{"../../examples/orders/orders.yaml", "place", request, decode(new(orders.Order))},
		{"../../schemas/toxicbuild/slave.yaml", "build", request, decode(new(slave.BuildRequest))},
		{"../../schemas/toxicbuild/slave.yaml", "build", response, decode(new(slave.BuildItem))},
	} {
		c, err := load.Contract(tt.file, load.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a, _ := actionNamed(c, tt.action)
		whole := tt.of(a)
		starts := []*model.Type{whole}
		for _, b := range whole.Branches {
			starts = append(starts, b.Type)
		}
		for _, start := range starts {
			var doc any
			dec := json.NewDecoder(bytes.NewReader(sample.Document(start, sample.Options{All: true})))
			dec.UseNumber()
			if err := dec.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			mutate(doc, func() {
				text, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				want, got := tt.decode(text), v.check(whole, text)
				if (got == nil) != (want == nil) {
					t.Errorf("%s %s: generated code says %v, the validator %v", tt.action, text, want, got)
				}
				if got != nil {
					refused++
				}
			})
		}
	}
	if refused < 1000 {
		t.Errorf("%d documents were refused, want 1000 or more", refused)
	}
}

// mutate changes an array or object in one place after the other, calls f after
// each change, and undoes it.
func mutate(doc any, f func()) {
	others := []any{nil, true, json.Number("1.5"), json.Number("-1"), "zz", "", []any{}, map[string]any{}}
	switch doc := doc.(type) {
	case map[string]any:
		for name, value := range doc {
			delete(doc, name)
			f()
			for _, other := range others {
				doc[name] = other
				f()
			}
			doc[name] = value
			mutate(value, f)
		}
		doc["surplus"] = true
		f()
		delete(doc, "surplus")
	case []any:
		for i, value := range doc {
			for _, other := range others {
				doc[i] = other
				f()
			}
			doc[i] = value
			mutate(value, f)
		}
	}
}
