package golang_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// What is written depends on the contract alone: not on the order of a map, nor
// on the folder that the contract is in.
func TestEmit_deterministic(t *testing.T) {
	const runs = 8
	root := t.TempDir()
	sources := map[string]string{} // the text of every file, by the path in a folder
	for _, pattern := range []string{"golden/*.txtar", "golden/keywords/*.txtar", "schemas/*.txtar"} {
		paths, err := filepath.Glob(filepath.Join("../../testdata", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no archives %s: %v", pattern, err)
		}
		for _, path := range paths {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range archive.Files {
				if ext := filepath.Ext(f.Name); ext == ".json" || ext == ".yaml" {
					sources[strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+f.Name] = string(f.Data)
				}
			}
		}
	}
	contracts, err := filepath.Glob("../../schemas/toxicbuild/*.yaml")
	if err != nil || len(contracts) == 0 {
		t.Fatalf("no contracts: %v", err)
	}
	for _, path := range contracts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources["toxicbuild/"+filepath.Base(path)] = string(text)
	}

	first := map[string][]byte{}
	for run := range runs {
		dir := filepath.Join(root, strconv.Itoa(run))
		for name, text := range sources {
			write(t, dir, name, text)
		}
		for name, text := range sources {
			got := generated(t, filepath.Join(dir, name), !strings.Contains(text, "tpp:"))
			got = bytes.ReplaceAll(got, []byte(dir), nil) // of problems
			if run == 0 {
				first[name] = got
			} else if !bytes.Equal(got, first[name]) {
				t.Errorf("%s: what is made of it differs from run to run", name)
			}
		}
	}
}

// generated returns all that is made of a contract, or what is wrong with it.
func generated(t *testing.T, path string, types bool) []byte {
	t.Helper()
	c, err := load.Contract(path, load.Options{
		Types: types, Refs: []schema.Ref{{Prefix: "https://example.com/", Dir: filepath.Dir(path)}},
	})
	if err != nil {
		return []byte(err.Error())
	}
	var files []gen.File
	if files, err = emit(c); err != nil {
		return []byte(err.Error())
	}
	var all []byte
	for _, f := range files {
		all = append(all, f.Data...)
	}
	return all
}
