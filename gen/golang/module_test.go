package golang_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newModule returns the folder of a new module to compile generated code in. The
// module requires what this one requires, so compiling it needs no network.
func newModule(t *testing.T, name string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, requirements, _ := strings.Cut(string(mod), "\ngo ")
	if before, _, ok := strings.Cut(requirements, "\ntool "); ok {
		requirements = before + requirements[strings.Index(requirements, "\nrequire"):]
	}
	write(t, dir, "go.mod", "module "+name+"\n\ngo "+requirements+
		"\nrequire github.com/tpp-rpc/tpp v0.0.0\nreplace github.com/tpp-rpc/tpp => "+root+"\n")
	write(t, dir, "go.sum", string(sum))
	return dir
}

// write writes a file below dir, and the folders that it needs.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
