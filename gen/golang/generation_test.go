package golang_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/internal/golden"
)

// With a runtime that it doesn't fit, generated code doesn't compile. The first error
// leads to a line that says what to do, however much else is missing.
func TestEmit_generation(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	const todo = "// Undefined? Run: go get github.com/tpp-rpc/tpp@latest; go generate ./...\n" +
		"const _ = codec.RuntimeFitsGeneration1\n"
	contracts := golden.Contracts(t)
	for _, name := range []string{"results", "tuple"} {
		files, err := emit(contracts["../../testdata/golden/"+name+".txtar"])
		if err != nil {
			t.Fatal(err)
		}
		dir := newModule(t, "old")
		guards := 0
		for _, f := range files {
			write(t, dir, f.Name, string(f.Data))
			guards += strings.Count(string(f.Data), todo)
		}
		if guards != 1 {
			t.Errorf("%s: %d lines say what to do, want 1", name, guards)
		}
		cmd := exec.Command("go", "build", "-mod=mod", "-overlay", oldRuntime(t, dir), ".")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		_, errors, _ := strings.Cut(string(out), "\n")
		first, _, _ := strings.Cut(errors, "\n")
		if err == nil || !strings.HasPrefix(first, "./codec.gen.go:") || !strings.HasSuffix(first, ": undefined: codec.RuntimeFitsGeneration1") {
			t.Errorf("%s: go build: %v\n%s", name, err, out)
		}
		if name == "results" && !strings.Contains(errors, "too many errors") {
			t.Errorf("%s: the runtime lacks too little to hide the first error:\n%s", name, out)
		}
	}
}

// oldRuntime returns the name of a file for -overlay: a runtime that has another
// generation, and lacks what services need.
func oldRuntime(t *testing.T, dir string) string {
	t.Helper()
	write(t, dir, "overlay/generation.go", "package codec\n")
	write(t, dir, "overlay/stub.go", "package stub\n")
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for pattern, by := range map[string]string{"codec/generation.go": "generation.go", "stub/*.go": "stub.go"} {
		names, err := filepath.Glob(filepath.Join("../../runtime", filepath.FromSlash(pattern)))
		if err != nil || names == nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			path, err := filepath.Abs(name)
			if err != nil {
				t.Fatal(err)
			}
			overlay.Replace[path] = filepath.Join(dir, "overlay", by)
		}
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "overlay.json", string(data))
	return filepath.Join(dir, "overlay.json")
}
