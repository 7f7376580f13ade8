package main

import (
	"testing"

	"github.com/tpp-rpc/tpp/cmd/tpp/testdata/parcels"
	shopgen "github.com/tpp-rpc/tpp/cmd/tpp/testdata/shop"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

//go:generate go run . gen ../../testdata/cli/shop.yaml --out testdata/shop
//go:generate go run . gen testdata/parcels/parcels.yaml

// verdicts are documents, and what is wrong with them.
var verdicts = []struct {
	of   string // what it's taken for
	v    codec.Unmarshaler
	doc  string
	want string

	// The validator's words where they aren't those of the generated code, which
	// knows names of branches, and which branches a value can still be.
	validator string
}{
	{of: "buy request", v: new(shopgen.BuyRequest), doc: `{"item":"Å","address":"x"}`,
		want: `at /item: expected at least 3 characters, found 1`},
	{of: "buy request", v: new(shopgen.BuyRequest), doc: `{"address":"x","item":"Å"}`,
		want: `at /address: expected at least 4 characters, found 1`},
	{of: "buy request", v: new(shopgen.BuyRequest), doc: `{"address":"x"}`,
		want: `at /address: expected at least 4 characters, found 1`},
	{of: "buy request", v: new(shopgen.BuyRequest), doc: `{}`,
		want: `missing property "item"`},
	{of: "buy request", v: new(shopgen.BuyRequest), doc: `[]`,
		want: `expected an object, found an array`},
	{of: "buy request", v: new(shopgen.BuyRequest), doc: `{"item":"apple","gift":1}`,
		want: `at /gift: expected a boolean, found 1`},
	{of: "buy response", v: new(shopgen.BuyItem), doc: `{}`,
		want: `missing property "kind"`},
	{of: "buy response", v: new(shopgen.BuyItem), doc: `7`,
		want: `expected an object, found 7`},
	{of: "buy response", v: new(shopgen.BuyItem), doc: `{"kind":"lost"}`,
		want: `at /kind: expected one of "packed", "sent", found "lost"`},
	{of: "buy response", v: new(shopgen.BuyItem), doc: `{"kind":3}`,
		want: `at /kind: expected one of "packed", "sent", found 3`},
	{of: "buy response", v: new(shopgen.BuyItem), doc: `{"kind":"packed"}`,
		want: `missing property "items"`},
	{of: "buy response", v: new(shopgen.BuyItem), doc: `{"kind":"packed","items":0}`,
		want: `at /items: expected at least 1, found 0`},
	{of: "buy response", v: new(shopgen.BuyItem), doc: `{"items":1.5,"kind":"packed"}`,
		want: `at /items: expected an integer, found 1.5`},
	{of: "buy response", v: new(shopgen.BuyItem), doc: `{"kind":"sent","by":"car"}`,
		want: `at /by: expected one of "post", "bicycle", found "car"`},
	{of: "healthcheck request", v: new(shopgen.HealthcheckRequest), doc: `[]`,
		want: `expected an object, found an array`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"emial"}}`,
		want: `at /payload/kind: expected one of "email", "http", "https", "shell", found "emial"`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"email","to":"x"}}`,
		want: `at /payload/to: expected an email address, found "x"`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"email"}}`,
		want: `at /payload: missing property "to"`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"email","to":"a@b.c","subject":"too long"}}`,
		want: `at /payload/subject: expected at most 5 characters, found 8`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"to":"a@b.c","subject":"too long"}}`,
		want: `at /payload: missing property "kind"`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"shell","command":[]}}`,
		want: `at /payload/command: expected at least 1 item, found 0`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"http","url":1}}`,
		want: `at /payload/url: expected a string, found 1`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"https","headers":{"a":1},"url":""}}`,
		want: `at /payload/headers/a: expected a string, found 1`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":[]}`,
		want: `at /payload: expected an object, found an array`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":0}`,
		want: `at /id: expected at least 1, found 0`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"more":2}`,
		want: `unknown property "more"`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"shell","command":["a"]},"retry":true}`,
		want: `at /retry: expected a number or a string, found true`, validator: `at /retry: expected an integer, a string or null, found true`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"shell","command":["a"]},"retry":1.5}`,
		want: `at /retry: expected an integer, found 1.5`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"shell","command":["a"]},"after":{}}`,
		want: `at /after: fits none of Success, Failure: at /after: missing property "ok"`, validator: `at /after: missing property "ok" or "error"`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"shell","command":["a"]},"after":{"ok":1}}`,
		want: `at /after: fits none of Success, Failure: at /after/ok: expected a boolean, found 1`, validator: `at /after/ok: expected a boolean (the nearest of 2 alternatives), found 1`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"shell","command":["a"]},"after":{"ok":true,"code":1}}`,
		want: `at /after: fits none of Success, Failure: at /after: unknown property "code"`, validator: `at /after: unknown property "code" (the nearest of 2 alternatives)`},
	{of: "job request", v: new(parcels.Job), doc: `{"id":1,"payload":{"kind":"shell","command":["a"]},"after":7}`,
		want: `at /after: fits none of Success, Failure: at /after: expected an object, found 7`, validator: `at /after: expected an object, found 7`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"street":"","city":""}`,
		want: `at /street: expected at least 1 character, found 0`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"street":"a"}`,
		want: `missing property "city"`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"street":"a","city":"b"}`,
		want: `missing property "weight"`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"street":"a","city":"b","weight":0}`,
		want: `at /weight: expected more than 0, found 0`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"street":"a","city":"b","weight":0.7}`,
		want: `at /weight: expected a multiple of 0.5, found 0.7`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","city":"b","zip":null}`,
		want: `at /zip: expected a number or a string, found null`, validator: `at /zip: expected a string or an integer, found null`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","city":"b","tracking":"ab"}`,
		want: `at /tracking: expected a match of ^(\w)\1$, found "ab"`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","city":"b","code":"abc"}`,
		want: `at /code: expected at least 4 characters, found a secret`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","city":"b","code":"abcd","tracking":"aa"}`,
		want: `properties "code" and "tracking" aren't allowed together`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","city":"b","flags":["urgent"]}`,
		want: `missing property "pair"`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","city":"b","pair":["a"]}`,
		want: `at /pair: expected at least 2 items, found 1`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","city":"b","pair":["a",1,2]}`,
		want: `at /pair/2: expected no further item, found 2`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","city":"b","pair":["a",1],"flags":["urgent","urgent"]}`,
		want: `at /flags: expected unique items, found items 0 and 1 equal`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","city":"b","pair":["a",1],"flags":["urgent",{}]}`,
		want: `at /flags/1: expected a string, found an object`, validator: `at /flags/1: expected one of "fragile", "urgent", found an object`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","street":"b"}`,
		want: `property "street" twice`},
	{of: "ping request", v: new(parcels.PingRequest), doc: `7`,
		want: `expected an object, found 7`},

	// What generated code decodes in place has no type of its own.
	{of: "healthcheck response", doc: `"bad"`,
		want: `expected "fine", found "bad"`},
	{of: "price response", doc: `-1`,
		want: `expected at least 0, found -1`},
	{of: "open-hours response", doc: `"always"`,
		want: `expected a match of ^\d\d?-\d\d?$, found "always"`},
	{of: "customer of shop", doc: `7`},
	{of: "customer of shop", doc: `0`, want: `expected at least 1, found 0`},
	{of: "customer of parcels", doc: `"x"`, want: `expected a UUID, found "x"`},
	{of: "buy request", v: new(shopgen.BuyRequest), doc: `{"item":"apple","n":1}`},
	{of: "buy response", v: new(shopgen.BuyItem), doc: `{"items":2,"kind":"packed"}`},
	{of: "job response", doc: `1.0`},
	{of: "send request", v: new(parcels.Parcel), doc: `{"weight":1,"street":"a","city":"b","tracking":"aa","zip":7}`},
	{of: "send response", v: new(parcels.Answer), doc: `{"ok":true}`},
}

// TestValidator compares what the validator says with what generated code says, which is
// what a service made from the contract answers.
func TestValidator(t *testing.T) {
	types := map[string]*model.Type{}
	for _, file := range []string{"../../testdata/cli/shop.yaml", "testdata/parcels/parcels.yaml"} {
		c, err := load.Contract(file, load.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range c.Service.Actions {
			types[a.Name+" request"] = a.Request
			types[a.Name+" response"] = a.Response
		}
		for _, f := range c.Service.Envelope.Fields {
			types[f.Name+" of "+c.Service.Name] = f.Type
		}
	}
	message := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	var v validator
	for _, tt := range verdicts {
		if tt.v != nil {
			if got := message(codec.Unmarshal([]byte(tt.doc), tt.v)); got != tt.want {
				t.Errorf("generated code says of the %s %s\n   %s\nwant %s", tt.of, tt.doc, got, tt.want)
			}
		}
		want := tt.want
		if tt.validator != "" {
			want = tt.validator
		}
		if got := message(v.check(types[tt.of], []byte(tt.doc))); got != want {
			t.Errorf("the validator says of the %s %s\n   %s\nwant %s", tt.of, tt.doc, got, want)
		}
	}
}
