package golang_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/internal/golden"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
)

func emit(c *model.Contract) ([]gen.File, error) { return golang.Emit(c, golang.Options{}) }

func TestGolden(t *testing.T) { golden.Run(t, "golang", emit) }

// What is written compiles and vets.
func TestGolden_vet(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	dir := newModule(t, "golden")
	for name, c := range golden.Contracts(t) {
		files, err := emit(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := gen.Write(filepath.Join(dir, strings.TrimSuffix(filepath.Base(name), ".txtar")), files); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "vet", "-mod=mod", "./...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		c, err := load.Contract("../../schemas/toxicbuild/master.yaml", load.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := emit(c); err != nil {
			b.Fatal(err)
		}
	}
}
