package golang_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"golang.org/x/tools/txtar"

	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/internal/golden"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// TestKeywords holds what each keyword of JSON Schema does against the
// archives in testdata/golden/keywords. After a sentence with the rule, an
// archive has one or more schemas. For NAME.json,
//
//   - NAME.go is the generated code, without the methods that look the same for
//     every type,
//   - NAME.documents are documents with what generated code says of them: ok, or
//     the error. jsonschema must agree, unless a line that begins with
//     "# jsonschema" tells why it's wrong about the next document, or, before
//     the first one, why it can't compile the schema,
//   - NAME.problems are documents with everything that is wrong with them.
//
// Other JSON files are there to be referred to: as files beside the schema, or
// below https://example.com/.
func TestKeywords(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	paths, err := filepath.Glob("../../testdata/golden/keywords/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in testdata/golden/keywords: %v", err)
	}
	dir := newModule(t, "keywords")
	var archives []*keywordArchive
	var imports, types strings.Builder
	for _, path := range paths {
		a := readKeywordArchive(t, dir, path)
		archives = append(archives, a)
		for _, s := range a.schemas {
			fmt.Fprintf(&imports, "\t%s %q\n", s.id(), "keywords/"+s.pkg)
			fmt.Fprintf(&types, "\t%q: func() value { return new(%s.Root) },\n", s.pkg, s.id())
		}
	}
	write(t, dir, "main.go", fmt.Sprintf(keywordsMain, imports.String(), types.String()))
	build := exec.Command("go", "build", "-mod=mod", "-o", "judge", ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building generated code: %v\n%.4000s", err, out)
	}
	judgements := judgeKeywords(t, dir, archives)
	for _, a := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(a.path), ".txtar"), func(t *testing.T) {
			for _, s := range a.schemas {
				s.compare(t, judgements[s.pkg])
			}
			a.compare(t)
		})
	}
}

const keywordsMain = `package main

import (
	"encoding/json"
	"os"

	"github.com/tpp-rpc/tpp/runtime/codec"

%s)

type value interface {
	codec.Unmarshaler
	UnmarshalJSON([]byte) error
	MarshalJSON() ([]byte, error)
	Validate() error
}

var types = map[string]func() value{
%s}

type judgement struct {
	Err      string
	Problems []string
	Out      json.RawMessage
}

func main() {
	var docs map[string][]string
	if err := json.NewDecoder(os.Stdin).Decode(&docs); err != nil {
		panic(err)
	}
	judgements := map[string][]judgement{}
	for pkg, docs := range docs {
		for _, doc := range docs {
			judgements[pkg] = append(judgements[pkg], judge(types[pkg], []byte(doc)))
		}
	}
	json.NewEncoder(os.Stdout).Encode(judgements)
}

func judge(make func() value, doc []byte) (j judgement) {
	for _, p := range codec.Problems(doc, make()) {
		j.Problems = append(j.Problems, p.Error())
	}
	v := make()
	err := v.UnmarshalJSON(doc)
	if err == nil {
		j.Out, err = v.MarshalJSON()
	}
	if err == nil {
		err = v.Validate()
	}
	if err != nil {
		j.Err = err.Error()
	}
	return j
}
`

// A judgement is what generated code says of a document.
type judgement struct {
	Err      string
	Problems []string
	Out      json.RawMessage // the document, decoded and encoded again
}

// judgeKeywords has generated code judge all documents of all archives, by the
// packages of the schemas.
func judgeKeywords(t *testing.T, dir string, archives []*keywordArchive) map[string][]judgement {
	t.Helper()
	docs := map[string][]string{}
	for _, a := range archives {
		for _, s := range a.schemas {
			for _, d := range s.documents {
				docs[s.pkg] = append(docs[s.pkg], d.text)
			}
		}
	}
	in, err := json.Marshal(docs)
	if err != nil {
		t.Fatal(err)
	}
	judge := exec.Command(filepath.Join(dir, "judge"))
	judge.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	judge.Stderr = &stderr
	out, err := judge.Output()
	if err != nil {
		t.Fatalf("%v\n%.4000s", err, stderr.String())
	}
	judgements := map[string][]judgement{}
	if err := json.Unmarshal(out, &judgements); err != nil {
		t.Fatal(err)
	}
	return judgements
}

// A keywordArchive is one file of testdata/golden/keywords.
type keywordArchive struct {
	path    string
	was     []byte
	files   *txtar.Archive // made anew
	schemas []*keywordSchema
}

// A keywordSchema is a schema of an archive with its documents.
type keywordSchema struct {
	archive   *keywordArchive
	file      string // its path
	pkg       string // of the generated code, such as minLength/schema
	refusal   string // why jsonschema can't compile it
	documents []*keywordDocument
}

// A keywordDocument is one line of NAME.documents or NAME.problems.
type keywordDocument struct {
	section string
	before  []string // lines of comments
	text    string
	wrong   bool // jsonschema's verdict is
}

// readKeywordArchive reads an archive, and generates the code of its schemas
// in the module at dir.
func readKeywordArchive(t *testing.T, dir, path string) *keywordArchive {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a := &keywordArchive{path: path, was: data, files: txtar.Parse(data)}
	folder := strings.TrimSuffix(filepath.Base(path), ".txtar")
	for _, f := range a.files.Files {
		if strings.HasSuffix(f.Name, ".json") {
			write(t, dir, filepath.Join(folder, f.Name), string(f.Data))
		}
	}
	var files []txtar.File
	for _, f := range a.files.Files {
		name, isSchema := strings.CutSuffix(f.Name, ".json")
		documents := a.section(name + ".documents")
		if isSchema {
			files = append(files, f)
		}
		if !isSchema || documents == nil {
			continue
		}
		s := &keywordSchema{archive: a, file: filepath.Join(dir, folder, f.Name), pkg: folder + "/" + name}
		s.read(".documents", documents)
		s.read(".problems", a.section(name+".problems"))
		a.schemas = append(a.schemas, s)
		files = append(files, txtar.File{Name: name + ".go", Data: s.generate(t, dir)})
	}
	a.files.Files = files
	return a
}

// section returns a file of the archive, or nil.
func (a *keywordArchive) section(name string) []byte {
	for _, f := range a.files.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// compare compares what was made with the archive, or rewrites it.
func (a *keywordArchive) compare(t *testing.T) {
	made := txtar.Format(a.files)
	if bytes.Equal(made, a.was) {
		return
	}
	if *golden.Update {
		if err := os.WriteFile(a.path, made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	was, is := strings.Split(string(a.was), "\n"), strings.Split(string(made), "\n")
	i := 0
	for i < min(len(was), len(is))-1 && was[i] == is[i] {
		i++
	}
	t.Errorf("%s:%d: %s\nwant %s\nrun with -update and read the diff", a.path, i+1, is[i], was[i])
}

// id returns the name by which the package is imported.
func (s *keywordSchema) id() string {
	return strings.NewReplacer("/", "_", "-", "_").Replace(s.pkg)
}

// read reads a section with documents.
func (s *keywordSchema) read(section string, data []byte) {
	d := &keywordDocument{section: section}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "# jsonschema can't"):
			s.refusal = line
		case strings.HasPrefix(line, "#"):
			d.before = append(d.before, line)
			d.wrong = d.wrong || strings.HasPrefix(line, "# jsonschema")
		case !strings.HasPrefix(line, arrow):
			d.text, _, _ = strings.Cut(line, " "+arrow)
			s.documents = append(s.documents, d)
			d = &keywordDocument{section: section}
		}
	}
}

// arrow stands between a document and what is said about it.
const arrow = "→ "

// generate writes the package of the schema, and returns what a reader wants
// to see of it.
func (s *keywordSchema) generate(t *testing.T, dir string) []byte {
	t.Helper()
	folder := filepath.Dir(s.file)
	c, err := load.Contract(s.file, load.Options{
		Types: true, Root: "Root", Refs: []schema.Ref{{Prefix: "https://example.com/", Dir: folder}},
	})
	if err != nil {
		t.Fatalf("%s: %v", s.pkg, err)
	}
	files, err := golang.Emit(c, golang.Options{Package: "schema"})
	if err != nil {
		t.Fatalf("%s: %v", s.pkg, err)
	}
	var shown []byte
	for _, f := range files {
		write(t, dir, filepath.Join(s.pkg, f.Name), string(f.Data))
		if part := declarations(t, f.Data); len(part) > 0 {
			if shown != nil {
				shown = append(shown, '\n')
			}
			shown = append(shown, part...)
		}
	}
	return shown
}

// declarations returns the declarations of a file apart from its imports, what ties it to
// a runtime, and the methods that look the same for every type.
func declarations(t *testing.T, source []byte) []byte {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var kept [][]byte
	for _, d := range file.Decls {
		from := d.Pos()
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Tok == token.IMPORT || bytes.Contains(source[d.Pos()-1:d.End()-1], []byte("RuntimeFitsGeneration")) {
				continue
			}
			if d.Doc != nil {
				from = d.Doc.Pos()
			}
		case *ast.FuncDecl:
			if slices.Contains([]string{"AppendJSON", "UnmarshalJSON", "MarshalJSON", "Validate"}, d.Name.Name) {
				continue
			}
			if d.Doc != nil && d.Name.Name != "DecodeJSON" {
				from = d.Doc.Pos()
			}
		}
		kept = append(kept, source[set.Position(from).Offset:set.Position(d.End()).Offset])
	}
	return append(bytes.Join(kept, []byte("\n\n")), '\n')
}

// compare makes the sections with documents from what generated code says, and
// checks that with jsonschema.
func (s *keywordSchema) compare(t *testing.T, judgements []judgement) {
	t.Helper()
	oracle, err := s.oracle()
	if (err != nil) != (s.refusal != "") {
		t.Errorf("%s: jsonschema says %v, and the archive %q", s.pkg, err, s.refusal)
		return
	}
	sections := map[string]*strings.Builder{".documents": {}, ".problems": {}}
	if s.refusal != "" {
		fmt.Fprintln(sections[".documents"], s.refusal)
	}
	for i, d := range s.documents {
		j := judgements[i]
		out := sections[d.section]
		for _, line := range d.before {
			fmt.Fprintln(out, line)
		}
		switch {
		case d.section == ".problems":
			fmt.Fprintln(out, d.text)
			for _, p := range j.Problems {
				fmt.Fprintln(out, arrow+p)
			}
		case j.Err == "":
			fmt.Fprintln(out, d.text, arrow+"ok")
		default:
			fmt.Fprintln(out, d.text, arrow+j.Err)
		}
		if strings.Contains(j.Err, "\n") {
			t.Errorf("%s: %s: the error has several lines", s.pkg, d.text)
		}
		if (j.Err == "") != (len(j.Problems) == 0) {
			t.Errorf("%s: %s: decoding says %q, Problems %q", s.pkg, d.text, j.Err, j.Problems)
		}
		if j.Err == "" && !sameValue(exact(t, []byte(d.text)), exact(t, j.Out)) {
			t.Errorf("%s: %s came back as %s", s.pkg, d.text, j.Out)
		}
		if oracle == nil || !json.Valid([]byte(d.text)) {
			continue
		}
		err := oracle.Validate(exact(t, []byte(d.text)))
		if agree := (err == nil) == (j.Err == ""); agree == d.wrong {
			t.Errorf("%s: %s: generated code says %q, jsonschema %v, and the archive that jsonschema is wrong: %v", s.pkg, d.text, j.Err, err, d.wrong)
		}
	}
	s.archive.add(s.pkg, sections)
}

// add puts the sections of a schema behind its code.
func (a *keywordArchive) add(pkg string, sections map[string]*strings.Builder) {
	name := filepath.Base(pkg)
	at := slices.IndexFunc(a.files.Files, func(f txtar.File) bool { return f.Name == name+".go" }) + 1
	for _, ext := range []string{".problems", ".documents"} {
		if text := sections[ext].String(); text != "" {
			a.files.Files = slices.Insert(a.files.Files, at, txtar.File{Name: name + ext, Data: []byte(text)})
		}
	}
}

// oracle returns the schema as jsonschema compiles it.
func (s *keywordSchema) oracle() (*jsonschema.Schema, error) {
	text, err := os.ReadFile(s.file)
	if err != nil {
		return nil, err
	}
	folder := filepath.Dir(s.file)
	c := jsonschema.NewCompiler()
	c.AssertContent = bytes.Contains(text, []byte("draft-07")) // as the later drafts say, content is an annotation
	c.LoadURL = func(url string) (io.ReadCloser, error) {
		for _, prefix := range []string{"https://example.com/", "file://" + folder + "/"} {
			if rest, ok := strings.CutPrefix(url, prefix); ok {
				return os.Open(filepath.Join(folder, rest))
			}
		}
		return nil, errors.New(url + " isn't here")
	}
	if err := c.AddResource("file://"+s.file, bytes.NewReader(text)); err != nil {
		return nil, err
	}
	return c.Compile("file://" + s.file)
}
