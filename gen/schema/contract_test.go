package schema

import (
	"bytes"
	"flag"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"golang.org/x/tools/txtar"

	"github.com/tpp-rpc/tpp/schemas"
)

var update = flag.Bool("update", false, "rewrite the messages in testdata/errors")

// A sample is a contract in an archive of testdata/errors, and what Load has to
// say about it. In the archive, messages of shop.yaml are in shop.yaml.problems.
type sample struct {
	name     string
	file     *File
	problems Problems
	want     string
}

// samples calls f for each archive in testdata/errors.
func samples(t *testing.T, f func(t *testing.T, a *txtar.Archive, list []*sample)) {
	t.Helper()
	names, err := filepath.Glob("../../testdata/errors/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in testdata/errors (%v)", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var list []*sample
			for _, file := range a.Files {
				if want, ok := strings.CutSuffix(file.Name, ".problems"); ok {
					i := slices.IndexFunc(list, func(s *sample) bool { return s.name == want })
					list[i].want = string(file.Data)
					continue
				}
				list = append(list, newSample(file))
			}
			f(t, a, list)
		})
	}
}

// newSample loads a contract of an archive.
func newSample(file txtar.File) *sample {
	s := &sample{name: file.Name}
	s.file, s.problems = parseFile(file.Name, file.Data)
	if s.file.Root == nil {
		return s
	}
	s.file.URI = "file:///" + file.Name
	newLowerer(s.file, new(Options), &s.problems).lower(s.file)
	return s
}

// got returns the messages about s, a line each.
func (s *sample) got() string {
	if err := s.problems.err(); err != nil {
		return err.Error() + "\n"
	}
	return ""
}

func TestLoad_problems(t *testing.T) {
	samples(t, func(t *testing.T, a *txtar.Archive, list []*sample) {
		if *update {
			rewrite(t, a, list)
			return
		}
		for _, s := range list {
			if got := s.got(); got != s.want {
				t.Errorf("%s:\n%swant:\n%s", s.name, got, s.want)
			}
		}
	})
}

// rewrite puts the messages about each contract behind it.
func rewrite(t *testing.T, a *txtar.Archive, list []*sample) {
	t.Helper()
	files := a.Files
	a.Files = nil
	for _, s := range list {
		i := slices.IndexFunc(files, func(f txtar.File) bool { return f.Name == s.name })
		a.Files = append(a.Files, files[i])
		if got := s.got(); got != "" {
			a.Files = append(a.Files, txtar.File{Name: s.name + ".problems", Data: []byte(got)})
		}
	}
	name := path.Join("../../testdata/errors", path.Base(t.Name())+".txtar")
	if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLoad_schemaAgrees holds what Load says of contracts against the
// published schema of contracts, which editors use: both accept the same,
// apart from archives that say that a schema can't tell.
func TestLoad_schemaAgrees(t *testing.T) {
	c := jsonschema.NewCompiler()
	if err := c.AddResource("contract.schema.json", bytes.NewReader(schemas.Contract)); err != nil {
		t.Fatal(err)
	}
	published, err := c.Compile("contract.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	samples(t, func(t *testing.T, a *txtar.Archive, list []*sample) {
		comment := strings.Join(strings.Fields(string(a.Comment)), " ")
		beyond := strings.Contains(comment, "The schema of contracts can't tell")
		for _, s := range list {
			if s.file.Root == nil {
				continue // no document to judge
			}
			err := published.Validate(value(s.file.Root))
			switch {
			case beyond && err != nil:
				t.Errorf("%s: the schema can tell after all: %v", s.name, err)
			case !beyond && err == nil && len(s.problems) > 0:
				t.Errorf("%s: the schema accepts what Load refuses: %v", s.name, s.problems)
			case err != nil && len(s.problems) == 0:
				t.Errorf("%s: Load accepts what the schema refuses: %#v", s.name, err)
			}
		}
	})
}

func TestLoad_publishedContracts(t *testing.T) {
	names, err := filepath.Glob("../../schemas/toxicbuild/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no contracts in schemas/toxicbuild (%v)", err)
	}
	for _, name := range names {
		c, err := Load(name, Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		for _, a := range c.Service.Actions {
			if a.Request == nil || a.Response == nil {
				t.Errorf("%s: action %s has no request or no response", name, a.Name)
			}
		}
	}
}
