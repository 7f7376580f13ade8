package codec_test

import (
	"fmt"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A Point is as tpp gen would write it.
type Point struct{ X, Y int64 }

func (v *Point) DecodeJSON(d *codec.Decoder) {
	*v = Point{}
	var seen uint64
	at := d.Object()
	for d.Member() {
		switch d.Name() {
		case "x":
			seen = d.Seen(seen, 0)
			v.X = d.Int64()
			d.Expect(v.X >= 0, "at least 0")
		case "y":
			seen = d.Seen(seen, 1)
			v.Y = d.Int64()
			d.Expect(v.Y >= 0, "at least 0")
		default:
			d.NeverMember()
		}
	}
	d.Require(at, seen, "x", "y")
}

// Decoding ends at the first problem. Problems tells all of them.
func ExampleProblems() {
	doc := []byte(`{"x": -1, "z": "far"}`)
	fmt.Println(codec.Unmarshal(doc, new(Point)))
	fmt.Println()
	for _, problem := range codec.Problems(doc, new(Point)) {
		fmt.Println(problem)
	}
	// Output:
	// at /x: expected at least 0, found -1
	//
	// missing property "y"
	// at /x: expected at least 0, found -1
	// unknown property "z"
}
