package describe_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tpp-rpc/tpp/gen/describe"
	"github.com/tpp-rpc/tpp/gen/internal/golden"
	"github.com/tpp-rpc/tpp/gen/load"
)

// TestPages makes the pages of the contract in each archive of
// testdata/describe: as text, and the overview as JSON.
func TestPages(t *testing.T) {
	names, err := filepath.Glob("../../testdata/describe/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in testdata/describe: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source := a.Files[0]
			file := filepath.Join(t.TempDir(), source.Name)
			if err := os.WriteFile(file, source.Data, 0o666); err != nil {
				t.Fatal(err)
			}
			c, err := load.Contract(file, load.Options{Types: source.Name == "schema.json", AssertFormats: true})
			if err != nil {
				t.Fatal(err)
			}
			files, err := describe.Emit(c, describe.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var overview bytes.Buffer
			enc := json.NewEncoder(&overview)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(describe.NewOverview(c, describe.Options{})); err != nil {
				t.Fatal(err)
			}
			made := &txtar.Archive{Comment: a.Comment, Files: []txtar.File{
				source,
				{Name: files[0].Name, Data: files[0].Data},
				{Name: "overview.json", Data: overview.Bytes()},
			}}
			got := txtar.Format(made)
			if bytes.Equal(got, txtar.Format(a)) {
				return
			}
			if !*golden.Update {
				t.Fatalf("the pages aren't what %s has; run with -update and read the diff\n%s", name, got)
			}
			if err := os.WriteFile(name, got, 0o666); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestFind finds every name that there is, and nothing by another.
func TestFind(t *testing.T) {
	c, err := load.Contract("../../testdata/cli/shop.yaml", load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	names := describe.Names(c)
	if len(names) == 0 {
		t.Fatal("no names")
	}
	for _, name := range names {
		if p := describe.Find(c, name, describe.Options{}); p == nil || !strings.HasPrefix(p.Text(), name) {
			t.Errorf("Find(%q) = %v", name, p)
		}
	}
	if p := describe.Find(c, "prize", describe.Options{}); p != nil {
		t.Errorf("Find of a name that isn't there = %v", p)
	}
}
