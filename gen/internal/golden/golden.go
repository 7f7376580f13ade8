// Package golden compares what emitters make of small contracts with the files in
// testdata/golden. Each is a txtar archive: a sentence with the rule, the
// contract (contract.yaml, or schema.json for types alone), and the files that
// every emitter makes of it, in a folder of the emitter's name.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
)

// Update says to rewrite the outputs in the archives.
var Update = flag.Bool("update", false, "rewrite what the emitter makes in testdata/golden")

// Run makes every archive's contract into files by emit, and compares them with
// those in the folder of the archive that is named after the emitter. With
// -update it replaces them. What a feature doesn't concern can be deleted from
// its archive: a file is compared if the archive has it, or has none at all.
func Run(t *testing.T, emitter string, emit gen.Emitter) {
	for name, c := range Contracts(t) {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			files, err := emit(c)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name, emitter+"/", files)
		})
	}
}

// Contracts loads the contract of every archive, by the archive's path.
func Contracts(t testing.TB) map[string]*model.Contract {
	paths, err := filepath.Glob("../../testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in testdata/golden: %v", err)
	}
	contracts := map[string]*model.Contract{}
	dir := t.TempDir()
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.Contains(f.Name, "/") {
				continue
			}
			in := filepath.Join(dir, f.Name)
			if err := os.WriteFile(in, f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := load.Contract(in, load.Options{Types: f.Name == "schema.json", Root: "Root", AssertFormats: true})
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			contracts[path] = c
		}
	}
	return contracts
}

// compare compares files with those of the archive whose names begin with
// prefix.
func compare(t *testing.T, path, prefix string, files []gen.File) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	isOurs := func(f txtar.File) bool { return strings.HasPrefix(f.Name, prefix) }
	all := !slices.ContainsFunc(archive.Files, isOurs)
	var made []txtar.File
	for _, f := range files {
		name := prefix + f.Name
		if all || slices.ContainsFunc(archive.Files, func(f txtar.File) bool { return f.Name == name }) {
			made = append(made, txtar.File{Name: name, Data: f.Data})
		}
	}
	if *Update {
		archive.Files = append(slices.DeleteFunc(archive.Files, isOurs), made...)
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return !isOurs(f) })
	if len(want) != len(made) {
		t.Fatalf("%d files, want %d as in %s", len(made), len(want), path)
	}
	for i := range want {
		if want[i].Name != made[i].Name || !bytes.Equal(want[i].Data, made[i].Data) {
			t.Errorf("%s isn't what %s has; run with -update and read the diff\n%s", made[i].Name, path, made[i].Data)
		}
	}
}
