package load

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// TestContract loads the first file of each archive in testdata/schemas: a plain
// schema, or a contract if it has a key tpp. The others are there to be referred
// to, as files or below https://example.com/. In the section types is what comes
// of it, and in problems what is wrong. A section dialect names the dialect of
// documents without $schema.
func TestContract(t *testing.T) {
	names, err := filepath.Glob("../../testdata/schemas/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in testdata/schemas (%v)", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			o := Options{Validator: validator, Refs: []schema.Ref{{Prefix: "https://example.com/", Dir: dir}}}
			made := &txtar.Archive{Comment: a.Comment}
			for _, f := range a.Files {
				if f.Name == "types" || f.Name == "problems" {
					continue
				}
				made.Files = append(made.Files, f)
				if f.Name == "dialect" {
					o.Dialect = strings.TrimSpace(string(f.Data))
					continue
				}
				path := filepath.Join(dir, f.Name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, f.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			o.Types = !strings.Contains(string(a.Files[0].Data), "tpp:")
			made.Files = append(made.Files, loaded(dir, a.Files[0].Name, o))
			if got, want := string(txtar.Format(made)), string(txtar.Format(a)); got != want {
				if !*update {
					t.Fatalf("got\n%s\nrun with -update and read the diff", made.Files[len(made.Files)-1].Data)
				}
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// loaded loads a file in dir and returns the section about it.
func loaded(dir, name string, o Options) txtar.File {
	c, err := Contract(filepath.Join(dir, name), o)
	if err != nil {
		text := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "") + "\n"
		return txtar.File{Name: "problems", Data: []byte(text)}
	}
	var b strings.Builder
	for _, a := range c.Aliases {
		fmt.Fprintf(&b, "%s = %s\n", nameOf(a.Words), describe(a.Type, false))
	}
	for _, t := range c.Types {
		fmt.Fprintf(&b, "%s: %s\n", nameOf(t.Words), describe(t, true))
	}
	return txtar.File{Name: "types", Data: []byte(b.String())}
}

func nameOf(words []string) string { return strings.Join(words, " ") }

// describe describes a type in a line: what it's called, or what it's made of if
// that is asked for or it has no name.
func describe(t *model.Type, whole bool) string {
	if t.Declared && !whole {
		return nameOf(t.Words)
	}
	var parts []string
	switch t.Kind {
	case model.Struct:
		for _, f := range t.Fields {
			mark := "?"
			if f.Required {
				mark = ""
			}
			parts = append(parts, f.Name+mark+" "+describe(f.Type, false))
		}
		if t.Open != nil {
			parts = append(parts, "… "+describe(t.Open, false))
		}
	case model.Union:
		for _, b := range t.Branches {
			parts = append(parts, describe(b.Type, false))
		}
	case model.Tuple:
		for _, item := range t.Prefix {
			parts = append(parts, describe(item, false))
		}
		if t.Elem != nil {
			parts = append(parts, "… "+describe(t.Elem, false))
		}
	case model.Enum, model.Const:
		for _, v := range t.Values {
			parts = append(parts, v.JSON)
		}
	case model.List, model.Map, model.Nullable:
		parts = append(parts, describe(t.Elem, false))
	}
	s := strings.ToLower(t.Kind.String())
	if parts != nil {
		s += "(" + strings.Join(parts, ", ") + ")"
	}
	if t.Rules != nil {
		s += " with rules"
	}
	return s
}

// problemsOf returns the messages about a plain schema, a line each.
func problemsOf(name, schema string) string {
	var problems gen.Problems
	file := document.Parse(name, []byte(schema), &problems)
	if file.Root == nil {
		return problems.Error() + "\n"
	}
	file.URI = "file:///" + name
	if _, err := read(file, Options{Types: true}, problems); err != nil {
		return err.Error() + "\n"
	}
	return ""
}
