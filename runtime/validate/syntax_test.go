package validate_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/runtime/validate"
)

// FuzzCheck_syntax compares what is taken for JSON with encoding/json, which
// allows a name twice and any bytes in strings.
func FuzzCheck_syntax(f *testing.F) {
	f.Add([]byte(`{"a":[1.5e-3,"\ud83d\u00e9",true,{}],"b":null}`))
	anything := validate.MustCompile(`true`)
	f.Fuzz(func(t *testing.T, doc []byte) {
		err := anything.Check(doc)
		switch valid := json.Valid(doc); {
		case err == nil && !valid:
			t.Errorf("Check(%q) = nil", doc)
		case err != nil && valid && utf8.Valid(doc) && !strings.Contains(err.Error(), "twice"):
			t.Errorf("Check(%q) = %v", doc, err)
		}
	})
}
