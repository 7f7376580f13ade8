package golang_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
)

// A judge is a program that holds generated packages. It decodes documents as
// their type Root and encodes the accepted ones again.
type judge struct {
	dir      string // of the program's module
	packages []string
	byCode   map[string]string // package names by the code of the package
}

// A question asks a judge for verdicts on the documents by one package.
type question struct {
	Package string
	Docs    []json.RawMessage
}

// A verdict is what generated code makes of one document.
type verdict struct {
	Err   string // why the document was refused
	Out   []byte // the document encoded again, if it was accepted
	Fault string // what mustn't happen: a panic, or a type that can't encode what it accepted
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	return &judge{dir: newModule(t, "judge"), byCode: map[string]string{}}
}

// add generates a package of c and returns its name. Contracts that generate the
// same code share a package, since compiling takes most of the time.
func (j *judge) add(t *testing.T, c *model.Contract) (pkg string) {
	t.Helper()
	files, err := golang.Emit(c, golang.Options{Package: "judged"})
	if err != nil {
		t.Fatal(err)
	}
	code := codeOf(files)
	if pkg, ok := j.byCode[code]; ok {
		return pkg
	}
	pkg = fmt.Sprintf("p%04d", len(j.packages))
	for _, f := range files {
		write(t, j.dir, filepath.Join(pkg, f.Name), string(f.Data))
	}
	j.packages = append(j.packages, pkg)
	j.byCode[code] = pkg
	return pkg
}

func codeOf(files []gen.File) string {
	var b strings.Builder
	for _, f := range files {
		b.Write(f.Data)
	}
	return b.String()
}

// build compiles the program. Paths are trimmed, so that the next run finds what
// it compiles in the build cache though its folder has another name.
func (j *judge) build(t *testing.T) {
	t.Helper()
	var imports, types strings.Builder
	for _, pkg := range j.packages {
		fmt.Fprintf(&imports, "\t%s %q\n", pkg, "judge/"+pkg)
		fmt.Fprintf(&types, "\t%q: func() value { return new(%s.Root) },\n", pkg, pkg)
	}
	write(t, j.dir, "main.go", fmt.Sprintf(judgeMain, imports.String(), types.String()))
	build := exec.Command("go", "build", "-mod=mod", "-trimpath", "-o", "judge", ".")
	build.Dir = j.dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building generated code: %v\n%.4000s", err, out)
	}
}

// ask returns the verdicts on the documents of each question.
func (j *judge) ask(t *testing.T, questions []question) [][]verdict {
	t.Helper()
	in, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(j.dir, "judge"))
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running generated code: %v\n%.4000s", err, stderr.String())
	}
	var verdicts [][]verdict
	if err := json.Unmarshal(out, &verdicts); err != nil {
		t.Fatal(err)
	}
	return verdicts
}

const judgeMain = `package main

import (
	"encoding/json"
	"fmt"
	"os"

%s)

type value interface {
	UnmarshalJSON([]byte) error
	MarshalJSON() ([]byte, error)
	Validate() error
}

var types = map[string]func() value{
%s}

type question struct {
	Package string
	Docs    []json.RawMessage
}

type verdict struct {
	Err   string
	Out   []byte
	Fault string
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	verdicts := make([][]verdict, len(questions))
	for i, q := range questions {
		for _, doc := range q.Docs {
			verdicts[i] = append(verdicts[i], judge(types[q.Package](), doc))
		}
	}
	json.NewEncoder(os.Stdout).Encode(verdicts)
}

func judge(v value, doc []byte) (r verdict) {
	defer func() {
		if p := recover(); p != nil {
			r.Fault = fmt.Sprint("panic: ", p)
		}
	}()
	if err := v.UnmarshalJSON(doc); err != nil {
		return verdict{Err: err.Error()}
	}
	out, err := v.MarshalJSON()
	if err != nil {
		return verdict{Fault: "encoding: " + err.Error()}
	}
	if err := v.Validate(); err != nil {
		return verdict{Fault: "it was accepted, but Validate says: " + err.Error()}
	}
	return verdict{Out: out}
}
`

// complaint says what is wrong with a verdict on a document that is valid or
// not. If nothing is, it is empty.
func (v verdict) complaint(t *testing.T, doc []byte, valid bool) string {
	t.Helper()
	switch {
	case v.Fault != "":
		return v.Fault
	case valid && v.Err != "":
		return "it is valid, but was refused: " + v.Err
	case !valid && v.Err == "":
		return "it isn't valid, but was accepted"
	case valid && !sameValue(exact(t, doc), exact(t, v.Out)):
		return "it was encoded again as " + string(v.Out)
	}
	return ""
}

// exact decodes a document. It keeps the digits of numbers.
func exact(t *testing.T, doc []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return v
}

// sameValue reports whether two decoded documents are the same JSON value.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		x, okX := new(big.Rat).SetString(a.String())
		y, okY := new(big.Rat).SetString(b.String())
		return okX && okY && x.Cmp(y) == 0
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameValue(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			if _, there := b[k]; !there || !sameValue(a[k], b[k]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}
