package golang_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/load"
)

// TestRecorded generates the packages of ToxicBuild's services, and sends through them what
// real peers have said: nothing gets lost, and nothing is refused that they didn't refuse. See
// testdata/recorded for how.
func TestRecorded(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	dir := newModule(t, "recorded")
	if err := os.CopyFS(dir, os.DirFS("testdata/recorded")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "wire"), os.DirFS("../../testdata/wire/tpp")); err != nil {
		t.Fatal(err)
	}
	contracts, err := filepath.Glob("../../schemas/toxicbuild/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range contracts {
		c, err := load.Contract(name, load.Options{})
		if err != nil {
			t.Fatal(err)
		}
		files, err := golang.Emit(c, golang.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := gen.Write(filepath.Join(dir, c.Service.Name), files); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"vet", "-mod=mod", "./..."}, {"test", "-mod=mod", "./..."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", args[0], err, out)
		}
	}
}
