package gen_test

import (
	"testing"

	"github.com/tpp-rpc/tpp/gen"
)

func TestClosest(t *testing.T) {
	known := []string{"minimum", "maximum", "items"}
	for _, c := range []struct{ word, want string }{
		{"minimun", "minimum"}, {"Maximum", "maximum"}, {"tiems", "items"}, {"i", ""}, {"title", ""},
	} {
		if got := gen.Closest(c.word, known); got != c.want {
			t.Errorf("Closest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}
