package document

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen"
)

func TestNode_Pretty(t *testing.T) {
	long := `"` + strings.Repeat("é", 90) + `"`
	for in, want := range map[string]string{
		`{"b":1,"a":[true,null,{}],"c":1e400}`:        `{"b": 1, "a": [true, null, {}], "c": 1e400}`,
		`[]`:                                          `[]`,
		`"a\u0060<b>\ufeff\u0000\ud83d\ude00"`:        `"a\u0060<b>\ufeff\u0000😀"`,
		`12345678901234567890.10`:                     `12345678901234567890.10`,
		`{"a":` + long + `}`:                          `{"a": ` + long + `}`,
		`{"a":` + long + `,"b":{"c":[` + long + `]}}`: "{\n  \"a\": " + long + ",\n  \"b\": {\n    \"c\": [\n      " + long + "\n    ]\n  }\n}",
		`[` + long + `,[],{},[1]]`:                    "[\n  " + long + ",\n  [],\n  {},\n  [1]\n]",
	} {
		var problems gen.Problems
		f := ParseJSON("a", []byte(in), &problems)
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		got := f.Root.Pretty()
		if got != want || !json.Valid([]byte(got)) {
			t.Errorf("%s is printed as\n%s\nwant:\n%s", in, got, want)
		}
		if again := ParseJSON("b", []byte(got), &problems); again.Root.JSON() != f.Root.JSON() {
			t.Errorf("%s is read again as %s", in, again.Root.JSON())
		}
	}
}
