package document

import (
	"testing"

	"github.com/tpp-rpc/tpp/gen"
)

func TestParse_unreadable(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"a.yaml", "", "a.yaml:1:1: the file is empty"},
		{"a.json", " \n", "a.json:1:1: the file is empty"},
		{"a.json", "\xef\xbb\xbf", "a.json:1:1: the file is empty"},
		{"a.yaml", "# nothing yet\n", "a.yaml:1:1: the file is empty: it has only comments"},
		{"a.yaml", "\xff\xfet\x00p\x00", "a.yaml:1:1: the file is in UTF-16: save it as UTF-8"},
		{"a.json", "\xfe\xff\x00{", "a.json:1:1: the file is in UTF-16: save it as UTF-8"},
		{"a.json", "{\x00}\x00", "a.json:1:1: the file is in UTF-16: save it as UTF-8"},
		{"a.yaml", "tpp: \"1\"\nservice: caf\xe9\n", "a.yaml:2:13: the file isn't in UTF-8: save it as UTF-8"},
		{"a.yaml", "a:\n  b: 1\n \tc: 2\n", "a.yaml:3:2: not YAML: a tab can't indent a line: use spaces"},
	}
	for _, tt := range tests {
		var problems gen.Problems
		f := Parse(tt.name, []byte(tt.data), &problems)
		if err := problems.Err(); err == nil || err.Error() != tt.want || f.Root != nil {
			t.Errorf("%s %q: got %v, want %s", tt.name, tt.data, err, tt.want)
		}
	}
}
