package sample_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tpp-rpc/tpp/gen/internal/golden"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/sample"
)

// TestDocument makes two documents of the root type of each archive in
// testdata/sample.
func TestDocument(t *testing.T) {
	names, err := filepath.Glob("../../testdata/sample/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in testdata/sample: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), a.Files[0].Name)
			if err := os.WriteFile(file, a.Files[0].Data, 0o666); err != nil {
				t.Fatal(err)
			}
			c, err := load.Contract(file, load.Options{Types: true, AssertFormats: true})
			if err != nil {
				t.Fatal(err)
			}
			made := &txtar.Archive{Comment: a.Comment, Files: []txtar.File{
				a.Files[0],
				{Name: "shortest.json", Data: indent(t, sample.Document(c.Types[0], sample.Options{}))},
				{Name: "all.json", Data: indent(t, sample.Document(c.Types[0], sample.Options{All: true}))},
			}}
			got := txtar.Format(made)
			if bytes.Equal(got, txtar.Format(a)) {
				return
			}
			if !*golden.Update {
				t.Fatalf("the documents aren't what %s has; run with -update and read the diff\n%s", name, got)
			}
			if err := os.WriteFile(name, got, 0o666); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func indent(t *testing.T, doc []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, doc, "", "  "); err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// TestDocument_fits asks for all properties if the shortest document is
// refused, and settles for it if both are.
func TestDocument_fits(t *testing.T) {
	file := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(file, []byte(`{"type": "object", "properties": {"n": {"type": "integer"}}}`), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := load.Contract(file, load.Options{Types: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		fits func(doc []byte) bool
		want string
	}{
		{func([]byte) bool { return true }, `{}`},
		{func(doc []byte) bool { return len(doc) > 2 }, `{"n":0}`},
		{func([]byte) bool { return false }, `{}`},
	} {
		if got := sample.Document(c.Types[0], sample.Options{Fits: tt.fits}); string(got) != tt.want {
			t.Errorf("Document = %s, want %s", got, tt.want)
		}
	}
}
