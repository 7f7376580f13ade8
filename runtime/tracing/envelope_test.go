package tracing

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

// Splitting an envelope loses nothing.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1}`, ` { "a" : [1, {"traceparent":"x"}] , "traceparent" : "y" } `,
		`{"\u0074raceparent":"\ud83d\ude00","é":"\"","tracestate":null}`, `[]`, `{"a":1,"a":2}`, `{"a":`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, envelope string) {
		carried, rest, err := split(new(runtime.Raw(envelope)))
		var want map[string]any
		if err != nil {
			return
		}
		if err := json.Unmarshal([]byte(envelope), &want); err != nil {
			t.Fatalf("split(%q) takes what encoding/json doesn't: %v", envelope, err)
		}
		got := make(map[string]any)
		if rest != nil {
			data, err := rest.AppendJSON(nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatalf("split(%q) leaves %q: %v", envelope, data, err)
			}
		}
		for _, name := range propagator.Fields() {
			if _, ok := got[name]; ok {
				t.Errorf("split(%q) leaves %s", envelope, name)
			}
			text, isString := want[name].(string)
			if value, ok := carried[name]; ok != isString || value != text {
				t.Errorf("split(%q) finds %s %q, %v, want %v", envelope, name, value, ok, want[name])
			}
			delete(want, name)
		}
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("split(%q) leaves %v, want %v", envelope, got, want)
		}
	})
}
