package load

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const project = "github.com/tpp-rpc/tpp/"

// TestSteps_imports keeps the steps of reading apart: each knows those before it,
// and what is no step.
func TestSteps_imports(t *testing.T) {
	steps := []string{"gen/document", "gen/contract", "gen/schema", "gen/predicate", "gen/mistake", "gen/shape"}
	shared := []string{"gen", "gen/model", "gen/keyword", "gen/keys", "gen/words", "schemas/ecma"}
	for i, step := range steps {
		for file, paths := range imports(t, "../../"+step) {
			for _, path := range paths {
				name, ours := strings.CutPrefix(path, project)
				if ours && !slices.Contains(steps[:i], name) && !slices.Contains(shared, name) {
					t.Errorf("%s imports %s", file, name)
				}
			}
		}
	}
}

// TestImports_doors looks whether libraries come in by one door each, and the
// model by none.
func TestImports_doors(t *testing.T) {
	doors := map[string]string{
		"github.com/santhosh-tekuri/jsonschema/": "gen/schema",
		"github.com/dave/jennifer/":              "gen/golang",
		"go.yaml.in/yaml/":                       "gen/document",
		project + "runtime":                      "",
	}
	folders, err := filepath.Glob("../*")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			continue
		}
		for file, paths := range imports(t, folder) {
			for _, path := range paths {
				for library, door := range doors {
					if strings.HasPrefix(path, library) && folder != "../"+strings.TrimPrefix(door, "gen/") {
						t.Errorf("%s imports %s", file, path)
					}
				}
				if first, _, _ := strings.Cut(path, "/"); folder == "../model" && strings.Contains(first, ".") {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}

// imports returns what the files of a package import, tests left out.
func imports(t *testing.T, folder string) map[string][]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	m := map[string][]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			m[name] = append(m[name], path)
		}
	}
	return m
}
