package codec_test

import (
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

func TestDecoder_Discriminator(t *testing.T) {
	for doc, want := range map[string]string{
		`{"kind":"a"}`: "a", ` { "x" : {"kind":"b"} , "kind" : "a" } `: "a", `{"x":[1,2],"\u006bind":"\u0061","y":1}`: "a",
		`{"x":1}`: "", `{}`: "", `{"kind":1}`: "", `{"kind":null}`: "", `[]`: "", `"kind"`: "", `{"kind":"a`: "", `{"x":,"kind":"a"}`: "",
		`{"kind"`: "", `{`: "", ``: "", `{"x":1 "kind":"a"}`: "", `{"kind" "a"}`: "", `{1:2}`: "", `{"x":tru`: "",
	} {
		var d codec.Decoder
		d.Reset([]byte(doc))
		got, ok := d.Discriminator("kind")
		if got != want || ok != (want != "") {
			t.Errorf("Discriminator of %s = %q, %v, want %q", doc, got, ok, want)
		}
		if d.Err() != nil {
			t.Errorf("Discriminator of %s leaves an error: %v", doc, d.Err())
		}
	}
}

func TestDecoder_Has(t *testing.T) {
	for doc, want := range map[string]bool{
		`{"kind":1}`: true, `{"x":{"kind":1}, "\u006bind":null}`: true,
		`{"x":{"kind":1}}`: false, `{}`: false, `["kind"]`: false, `"kind"`: false, `{"kind"`: false, ``: false,
	} {
		var d codec.Decoder
		d.Reset([]byte(doc))
		if got := d.Has("kind"); got != want || d.Err() != nil {
			t.Errorf("Has of %s = %v with error %v, want %v", doc, got, d.Err(), want)
		}
	}
}

// A choice is an address, a customer or null.
type choice struct {
	address  *Address
	customer *Customer
}

func (v *choice) DecodeJSON(d *codec.Decoder) {
	*v = choice{}
	switch {
	case d.Null():
	case codec.Try(d, &v.address):
	case codec.Try(d, &v.customer):
	default:
		d.NoBranch("Address", "Customer")
	}
}

func TestTry(t *testing.T) {
	const doc = `[{"id":1,"name":"A","email":"a@b"},null,{"street":"s","city":"c","zip":"12345","country":"DE"}]`
	var got []choice
	list := Func(func(d *codec.Decoder) {
		got = got[:0]
		for d.Array(); d.Element(); {
			var v choice
			v.DecodeJSON(d)
			got = append(got, v)
		}
	})
	if err := codec.Unmarshal([]byte(doc), list); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].customer == nil || got[0].address != nil || got[0].customer.Email != "a@b" ||
		got[1] != (choice{}) || got[2].address == nil || got[2].address.Zip != "12345" {
		t.Errorf("decoded %+v", got)
	}

	// The error is that of the branch that came nearest.
	const bad = `[null,{"id":1,"name":"A","email":"nobody"},{"id":1}]`
	const want = `at /1: fits none of Address, Customer: at /1/email: expected a match of ^[a-z0-9._+-]+@[a-z0-9.-]+$, found "nobody"`
	if err := codec.Unmarshal([]byte(bad), list); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if problems := codec.Problems([]byte(bad), list); len(problems) != 2 || problems[0].Error() != want || problems[1].Pointer != "/2" {
		t.Errorf("Problems() = %v", problems)
	}
}

// What tells the branches of a union apart is what is told if none is meant.
func TestDecoder_noCase(t *testing.T) {
	byKind := Func(func(d *codec.Decoder) { d.NoCase("kind", "circle", "square") })
	byType := Func(func(d *codec.Decoder) { d.NoType(codec.TypeNull, codec.TypeBool, codec.TypeArray) })
	for _, tt := range []struct {
		doc  string
		v    codec.Unmarshaler
		want string
	}{
		{`{"side":1,"kind":"round"}`, byKind, `at /kind: expected one of "circle", "square", found "round"`},
		{`{"side":{"kind":"circle"}}`, byKind, `missing property "kind"`},
		{`{"kind":[]}`, byKind, `at /kind: expected one of "circle", "square", found an array`},
		{`"circle"`, byKind, `expected an object, found "circle"`},
		{`{"kind":"round",}`, byKind, `expected a property name, found '}'`},
		{`1`, byType, `expected null, a boolean or an array, found 1`},
		{`]`, byType, `expected a value, found ']'`},
	} {
		if err := codec.Unmarshal([]byte(tt.doc), tt.v); err == nil || err.Error() != tt.want {
			t.Errorf("Unmarshal(%s) = %v, want %s", tt.doc, err, tt.want)
		}
		if p := codec.Problems([]byte(tt.doc), tt.v); len(p) != 1 || p[0].Error() != tt.want {
			t.Errorf("Problems(%s) = %v, want %s", tt.doc, p, tt.want)
		}
	}
}
