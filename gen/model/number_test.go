package model_test

import (
	"testing"

	"github.com/tpp-rpc/tpp/gen/model"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"1", "1.0", true}, {"1e2", "100", true}, {"1", `"1"`, false}, {"1e99999", "1e99999", true}, {"0", "1e99999", false},
		{"null", "null", true},
	} {
		if got := model.Canonical(c.a) == model.Canonical(c.b); got != c.same {
			t.Errorf("%s and %s are the same: %v, want %v", c.a, c.b, got, c.same)
		}
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{`"a\"b"`: `a"b`, "null": "null", "1.0": "1.0", `""`: "", `[1]`: "[1]"} {
		if got := model.Plain(text); got != want {
			t.Errorf("Plain(%s) = %q, want %q", text, got, want)
		}
	}
}
