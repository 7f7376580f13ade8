package codec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A bag keeps a value as text, and what it doesn't know.
type bag struct {
	raw     Raw
	unknown codec.Unknown
}

func (v *bag) DecodeJSON(d *codec.Decoder) {
	d.Object()
	for d.Member() {
		if d.Name() == "raw" {
			v.raw.DecodeJSON(d)
		} else {
			v.unknown = d.Keep(v.unknown)
		}
	}
}

// A name that stands twice is refused in values that are kept as text, too.
func TestUnmarshal_repeated(t *testing.T) {
	var many strings.Builder
	for i := range 100 {
		fmt.Fprintf(&many, `"n%d":{"a":%[1]d},`, i)
	}
	for value, want := range map[string]string{
		`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}],"A":1}`: "",
		`{"a":1, "b" : [ ] , "a" : 2}`:                    `property "a" twice`,
		`[null,{"x":"}\"","y":[{"b":1,"\u0062":1}]}]`:     `at /1/y/0: property "b" twice`,
		`{` + many.String() + `"n":1}`:                    "",
		`{` + many.String() + `"n17":1}`:                  `property "n17" twice`,
		`{"a":-1.5e3,"b":true ,"b":false}`:                `property "b" twice`,
		`[{},[],"",{"\"":1,"\\":2}]`:                      "",
	} {
		for _, key := range []string{"raw", "other"} {
			err := codec.Unmarshal([]byte(`{"`+key+`": `+value+`}`), new(bag))
			full := strings.Replace(want, "at /", "at /"+key+"/", 1)
			if strings.HasPrefix(want, "property") {
				full = "at /" + key + ": " + want
			}
			if want == "" && err != nil || want != "" && (err == nil || err.Error() != full) {
				t.Errorf("%s: %.60s: %v, want %s", key, value, err, full)
			}
		}
	}
}

func BenchmarkRaw(b *testing.B) {
	doc := orderJSON
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		var v Raw
		if err := codec.Unmarshal(doc, &v); err != nil {
			b.Fatal(err)
		}
	}
}
