package codec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// An open is an object with one property, other objects in it, and whatever else.
type open struct {
	in      *open
	unknown codec.Unknown
}

func (v *open) DecodeJSON(d *codec.Decoder) {
	*v = open{}
	d.Object()
	for d.Member() {
		if d.Name() == "in" {
			v.in = new(open)
			v.in.DecodeJSON(d)
		} else {
			v.unknown = d.Keep(v.unknown)
		}
	}
}

// What is kept of an object isn't mixed up with what is kept of the objects in it.
func TestDecoder_Keep(t *testing.T) {
	const doc = `{"a" : 1 , "in":{"x":[1, 2],"in":{"y":0},"z":"\""}, "b":{"in":3},"\u0063":null }`
	var v open
	if err := codec.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatal(err)
	}
	for got, want := range map[codec.Unknown]codec.Unknown{
		v.unknown: `"a" : 1,"b":{"in":3},"\u0063":null`, v.in.unknown: `"x":[1, 2],"z":"\""`, v.in.in.unknown: `"y":0`,
	} {
		if got != want {
			t.Errorf("kept %s, want %s", got, want)
		}
	}
	var names []string
	for name, value := range v.unknown.All() {
		names = append(names, name+"="+string(value))
	}
	if got := strings.Join(names, " "); got != `a=1 b={"in":3} c=null` {
		t.Errorf("All gives %s", got)
	}
	for range v.unknown.All() {
		break // it's allowed
	}
	if printed := fmt.Sprint(struct{ U codec.Unknown }{}); printed != "{}" {
		t.Errorf("none are printed as %s", printed)
	}
}

// A name that stands twice is refused, however it's spelled and however much is
// between the two.
func TestDecoder_Keep_twice(t *testing.T) {
	for _, n := range []int{0, 3, 300} {
		var between strings.Builder
		for i := range n {
			fmt.Fprintf(&between, `"m%d":{"a":0},`, i)
		}
		doc := `{"a":1,` + between.String() + `"\u0061":2}`
		err := codec.Unmarshal([]byte(doc), new(open))
		if err == nil || err.Error() != `property "a" twice` {
			t.Errorf("%.60s: %v", doc, err)
		}
	}
}
