package load

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Each archive in testdata/mistakes makes one mistake in warehouse.yaml, which is a
// contract of every feature: it says what stands there instead of what. Or it has a
// contract of its own. Its messages say what's wrong, where, and what to do.
func TestContract_mistakes(t *testing.T) {
	base, err := os.ReadFile("../../testdata/mistakes/warehouse.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if s := newSample(txtar.File{Name: "warehouse.yaml", Data: base}); len(s.problems) > 0 {
		t.Fatal(s.problems)
	}
	names, err := filepath.Glob("../../testdata/mistakes/*.txtar")
	if err != nil || len(names) < 48 {
		t.Fatalf("%d mistakes: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			for _, f := range a.Files {
				parts[f.Name] = string(f.Data)
			}
			file := txtar.File{Name: "warehouse.yaml", Data: base}
			if text, ok := parts["warehouse.json"]; ok {
				file = txtar.File{Name: "warehouse.json", Data: []byte(text)}
			} else if text, ok := parts["warehouse.yaml"]; ok {
				file.Data = []byte(text)
			} else {
				old, with := strings.TrimSuffix(parts["instead of"], "\n"), strings.TrimSuffix(parts["there is"], "\n")
				if n := bytes.Count(base, []byte(old)); n != 1 {
					t.Fatalf("%q stands %d times in warehouse.yaml", old, n)
				}
				file.Data = bytes.Replace(base, []byte(old), []byte(with), 1)
			}
			for escape, text := range map[string]string{"<BOM>": "\xef\xbb\xbf", "<CR>": "\r", "<NUL>": "\x00", "<LATIN1>": "\xe9", "<NBSP>": "\u00a0"} {
				file.Data = bytes.ReplaceAll(file.Data, []byte(escape), []byte(text))
			}
			got := newSample(file).got()
			if *update {
				if a.Files[len(a.Files)-1].Name != "messages" {
					a.Files = append(a.Files, txtar.File{Name: "messages"})
				}
				a.Files[len(a.Files)-1].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := parts["messages"]; got != want || got == "" && !strings.Contains(string(a.Comment), "make no mistake") {
				t.Errorf("%s\n%swant:\n%s", a.Comment, got, want)
			}
		})
	}
}
