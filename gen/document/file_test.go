package document

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
		{"a.yaml", "\x00", "a.yaml:1:1: the file has a NUL byte here, which text has not: remove it"},
		{"a.json", "{\n  \"a\": \"\x00\"}", "a.json:2:9: the file has a NUL byte here, which text has not: remove it"},
		{"a.yaml", "a: 1\n---\nb: 2\n---\nc: 3\n", "a.yaml:2:1: a second YAML document begins here: a file holds one"},
		{"a.yaml", bomb(), "a.yaml:7:10: the aliases up to this one unfold to more than 100000 values: use $ref"},
		{"a.yaml", "a:\n  b: 1\n \tc: 2\n", "a.yaml:3:2: a tab can't indent a line: use spaces"},
	}
	for _, tt := range tests {
		var problems gen.Problems
		f := Parse(tt.name, []byte(tt.data), &problems)
		if err := problems.Err(); err == nil || err.Error() != tt.want || f.Root != nil {
			t.Errorf("%s %q: got %v, want %s", tt.name, tt.data, err, tt.want)
		}
	}
}

// bomb returns lists of aliases, each of the list before.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 []\n")
	for i := 1; i < 20; i++ {
		fmt.Fprintf(&b, "a%d: &a%[1]d [%s]\n", i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9))
	}
	return b.String()
}

// TestParse_long reads more values than aliases may unfold to.
func TestParse_long(t *testing.T) {
	var problems gen.Problems
	f := Parse("a.yaml", []byte("- &a {}\n- *a\n"+strings.Repeat("- {}\n", maxUnfolded)), &problems)
	if err := problems.Err(); err != nil || len(f.Root.Items) != maxUnfolded+2 {
		t.Errorf("got %v", err)
	}
}

func TestLoad_large(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.json")
	for size, want := range map[int64]string{
		maxSize:     "<nil>",
		maxSize + 1: name + " is larger than 16 MiB, the most that a document may have",
	} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, size); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(name); fmt.Sprint(err) != want {
			t.Errorf("%d bytes: got %v, want %s", size, err, want)
		}
	}
}
