package golang_test

// This file shows what every kind of change to a contract does: between a client and a
// server of which one has the old contract and the other the new one, and to Go code that
// uses the generated package. The cases are in testdata/changing; what becomes of them is
// the page schemas/CHANGING.md, in which the tables are written by -update.

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/tools/txtar"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/internal/golden"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
)

// A change is a row of a table.
type change struct {
	table string
	what  string
	pair  string // the case file, and the folder of its two packages
	note  string
	calls [2][]changedCall // newServer and oldServer
	uses  []string         // expressions of Go that compile before the change
}

// The columns of a table.
const (
	newServer = iota // and an old client
	oldServer        // and a new client
)

// A changedCall is a call of the program in testdata/changing, and what became of it.
type changedCall struct {
	Server, Client string
	Method         string
	Token          string
	Request        json.RawMessage
	Envelope       json.RawMessage `json:",omitempty"`
	Uploads        []json.RawMessage
	Results        []json.RawMessage
	Endless        bool // the stream doesn't end; the client leaves after the results
	Err            string
	Data           json.RawMessage `json:",omitempty"`

	sample  string // what the row is about, as the page shows it
	outcome changedOutcome
}

type changedOutcome struct {
	Fault           string
	Handler         *changedValue
	Client          []changedValue
	Reason, Message string
	Pointer         string
	Code            int
	Known           string
	Data            *changedValue
	NoData          bool
	Failed          bool
}

type changedValue struct {
	JSON    json.RawMessage
	Unknown []string
	Other   bool
}

// TestChanging makes the calls of testdata/changing over TCP, compiles its expressions, and
// compares what happens with schemas/CHANGING.md.
func TestChanging(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	dir := newModule(t, "changing")
	changes, glue := readChanges(t, dir)
	write(t, dir, "packages.go", glue)
	if err := os.CopyFS(dir, os.DirFS("testdata/changing")); err != nil {
		t.Fatal(err)
	}
	performChanges(t, dir, changes)
	uses := compileUses(t, dir, changes)

	const page = "../../schemas/CHANGING.md"
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := string(have)
	for name, rows := range changeTables(t, changes, uses) {
		begin, end := "<!-- "+name+" -->\n", "<!-- end -->\n"
		before, rest, ok := strings.Cut(want, begin)
		_, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no place for the table %s", page, name)
		}
		want = before + begin + rows + end + after
	}
	if want == string(have) {
		return
	}
	if *golden.Update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for line := range strings.Lines(want) {
		if !strings.Contains(string(have), line) {
			t.Errorf("%s doesn't say what happens; run with -update and read the diff:\n%s", page, line)
		}
	}
	if !t.Failed() {
		t.Errorf("%s has rows that nothing stands for, or in another order: run with -update", page)
	}
}

// readChanges reads the cases, writes their packages into dir, and returns the table of
// these for the program there.
func readChanges(t *testing.T, dir string) (changes []*change, glue string) {
	t.Helper()
	names, err := filepath.Glob("../../testdata/changing/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases in testdata/changing: %v", err)
	}
	var imports, table strings.Builder
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pair := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(name), ".txtar"), "-", "")
		for _, f := range archive.Files {
			if version, ok := strings.CutSuffix(f.Name, ".yaml"); ok {
				c := changedContract(t, name, f)
				files, err := golang.Emit(c, golang.Options{Package: version})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := gen.Write(filepath.Join(dir, pair, version), files); err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&imports, "\t%s_%s %q\n", pair, version, "changing/"+pair+"/"+version)
				table.WriteString(packageRow(c.Service, pair, version))
				continue
			}
			changes = append(changes, readChange(t, name, pair, f)...)
		}
	}
	return changes, fmt.Sprintf(packagesFile, imports.String(), table.String())
}

// changedContract reads a version of a contract. If it has definitions alone, it gets two
// actions for each: one that takes it, and one that answers with it.
func changedContract(t *testing.T, name string, f txtar.File) *model.Contract {
	t.Helper()
	data := string(f.Data)
	if !strings.Contains(data, "\nactions:\n") {
		data += "actions:\n"
		for line := range strings.Lines(string(f.Data)) {
			if def, _, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(def, "  ") && unicode.IsUpper(rune(def[2])) {
				def = def[2:]
				data += fmt.Sprintf("  send-%s: {request: {$ref: '#/$defs/%s'}, response: {const: ok}, x-go-name: Send%[1]s}\n", def, def)
				data += fmt.Sprintf("  get-%s: {response: {$ref: '#/$defs/%s'}, x-go-name: Get%[1]s}\n", def, def)
			}
		}
	}
	path := filepath.Join(t.TempDir(), f.Name)
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load.Contract(path, load.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

// packageRow is the row of a package in the program's table.
func packageRow(s *model.Service, pair, version string) string {
	p := pair + "_" + version
	var errs, is, data strings.Builder
	for _, e := range s.Errors {
		fmt.Fprintf(&is, "%q: %s.Err%s, ", e.Name, p, e.Name)
		if e.Data == nil {
			fmt.Fprintf(&errs, "%q: func([]byte) (error, error) { return %s.Err%s, nil },\n", e.Name, p, e.Name)
			continue
		}
		fmt.Fprintf(&errs, "%q: func(b []byte) (error, error) { var d %s.%[3]sData; bad := d.UnmarshalJSON(b); return %[2]s.NewErr%[3]s(d), bad },\n", e.Name, p, e.Name)
		fmt.Fprintf(&data, "%q: func(err error) (any, bool) { d, ok := %s.%[3]sDataOf(err); return &d, ok },\n", e.Name, p, e.Name)
	}
	return fmt.Sprintf(`	%q: {
		register: func(mux *runtime.Mux, do runtime.Func) { %[2]s.Register(mux, %[2]s.NewClient(do)) },
		client: func(do runtime.Func) any { return %[2]s.NewClient(do) },
		errs: map[string]func([]byte) (error, error){%s},
		is: map[string]error{%s},
		data: map[string]func(error) (any, bool){%s},
	},
`, pair+"/"+version, p, errs.String(), is.String(), data.String())
}

const packagesFile = `package main

import (
	"github.com/tpp-rpc/tpp/runtime"
%s)

var packages = map[string]generated{
%s}
`

// readChange reads a case. One of a definition is two rows, of a request and of a response.
func readChange(t *testing.T, name, pair string, f txtar.File) []*change {
	t.Helper()
	c := &change{what: f.Name, pair: pair}
	def := ""
	samples := map[string][]string{}
	for line := range strings.Lines(string(f.Data)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			t.Fatalf("%s: %s: %q isn't KEY: VALUE", name, f.Name, line)
		}
		column := newServer
		switch key, withoutToken := strings.CutSuffix(key, " without token"); key {
		case "table":
			c.table = value
		case "type":
			def = value
		case "old", "new":
			samples[key] = append(samples[key], value)
		case "note":
			c.note = value
		case "go":
			c.uses = append(c.uses, value)
		case "old server":
			column = oldServer
			fallthrough
		case "new server":
			call := readCall(t, value)
			if withoutToken {
				call.Token = ""
			}
			c.calls[column] = append(c.calls[column], call)
		default:
			t.Fatalf("%s: %s: unknown key %q", name, f.Name, key)
		}
	}
	if def == "" {
		return []*change{c}
	}
	request, response := c, *c
	request.table, response.table, response.uses = "requests", "responses", nil
	send := func(sample string) changedCall {
		return changedCall{Method: "Send" + def, Token: "s3cret", Request: json.RawMessage(sample), Results: []json.RawMessage{json.RawMessage(`"ok"`)}, sample: sample}
	}
	get := func(sample string) changedCall {
		return changedCall{Method: "Get" + def, Token: "s3cret", Request: json.RawMessage("{}"), Results: []json.RawMessage{json.RawMessage(sample)}, sample: sample}
	}
	for _, s := range samples["old"] {
		request.calls[newServer] = append(request.calls[newServer], send(s))
		response.calls[oldServer] = append(response.calls[oldServer], get(s))
	}
	for _, s := range samples["new"] {
		request.calls[oldServer] = append(request.calls[oldServer], send(s))
		response.calls[newServer] = append(response.calls[newServer], get(s))
	}
	return []*change{request, &response}
}

// readCall reads a call:
//
//	ACTION REQUEST [ENVELOPE] = RESULT RESULT …
//	ACTION REQUEST < UPLOADED UPLOADED = RESULT
//	ACTION REQUEST ! ERROR [DATA]
func readCall(t *testing.T, text string) changedCall {
	t.Helper()
	words := strings.Fields(text)
	c := changedCall{Method: strings.ToUpper(words[0][:1]) + words[0][1:], Token: "s3cret", Request: json.RawMessage(words[1]), sample: words[0]}
	words = words[2:]
	if words[0] == "<" {
		for words = words[1:]; words[0] != "="; words = words[1:] {
			c.Uploads = append(c.Uploads, json.RawMessage(words[0]))
			c.sample = words[0]
		}
	} else if words[0] != "=" && words[0] != "!" {
		c.Envelope, words = json.RawMessage(words[0]), words[1:]
		c.sample = string(c.Envelope)
	}
	if words[0] == "!" {
		c.Err = words[1]
		if len(words) > 2 {
			c.Data = json.RawMessage(words[2])
		}
		return c
	}
	for _, w := range words[1:] {
		if w == "…" {
			c.Endless = true
			break
		}
		c.Results = append(c.Results, json.RawMessage(w))
	}
	return c
}

// performChanges compiles the program in dir and has it make all calls.
func performChanges(t *testing.T, dir string, changes []*change) {
	t.Helper()
	build := exec.Command("go", "build", "-mod=mod", "-trimpath", "-o", "changing", ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building generated code: %v\n%.4000s", err, out)
	}
	var calls []*changedCall
	for _, c := range changes {
		for column := range c.calls {
			for i := range c.calls[column] {
				call := &c.calls[column][i]
				call.Server, call.Client = c.pair+"/new", c.pair+"/old"
				if column == oldServer {
					call.Server, call.Client = call.Client, call.Server
				}
				calls = append(calls, call)
			}
		}
	}
	in, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "changing"))
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running generated code: %v\n%.4000s", err, stderr.String())
	}
	var outcomes []changedOutcome
	if err := json.Unmarshal(out, &outcomes); err != nil {
		t.Fatal(err)
	}
	for i, c := range calls {
		c.outcome = outcomes[i]
		if f := c.outcome.Fault; f != "" {
			t.Errorf("%s between a server of %s and a client of %s: %s", c.Method, c.Server, c.Client, f)
		}
	}
}

// compileUses returns what the compiler says, by pair and expression, when the package
// behind p is the new one. It must compile with the old one.
func compileUses(t *testing.T, dir string, changes []*change) map[[2]string]string {
	t.Helper()
	list := exec.Command("go", "list", "-mod=mod", "-trimpath", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "./...")
	list.Dir = dir
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		exports[path] = file
	}
	fset := token.NewFileSet()
	imported := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	check := func(pair, version, use string) error {
		decls, expr := shown(use)
		src := fmt.Sprintf("package use\nimport \"context\"\nimport p \"changing/%s/%s\"\nvar _ context.Context\nvar _ p.Client\n%s\nvar _ = %s\n", pair, version, decls, expr)
		f, err := parser.ParseFile(fset, "use.go", src, 0)
		if err != nil {
			return err
		}
		_, err = (&types.Config{Importer: imported}).Check("use", fset, []*ast.File{f}, nil)
		return err
	}
	said := map[[2]string]string{}
	for _, c := range changes {
		for _, use := range c.uses {
			if err := check(c.pair, "old", use); err != nil {
				t.Errorf("%s: %s doesn't compile before the change: %v", c.what, use, err)
			}
			var failed types.Error
			err := check(c.pair, "new", use)
			if e, ok := err.(types.Error); ok {
				failed = e
			} else if err != nil {
				t.Fatal(err)
			}
			said[[2]string{c.pair, use}] = failed.Msg
		}
	}
	return said
}

// changeTables returns the tables of the page, by name.
func changeTables(t *testing.T, changes []*change, uses map[[2]string]string) map[string]string {
	t.Helper()
	tables := map[string]string{}
	for _, c := range changes {
		if c.calls[newServer] == nil || c.calls[oldServer] == nil {
			t.Errorf("%s: %s: a cell has no calls", c.pair, c.what)
		}
		new, newAll := c.cell(newServer)
		old, oldAll := c.cell(oldServer)
		how := ""
		switch {
		case newAll && oldAll:
			how = "any order"
		case newAll:
			how = "servers first"
		case oldAll:
			how = "clients first"
		default:
			how = "not in place"
		}
		if c.note != "" {
			how += ". " + c.note
		}
		tables[c.table] = cmp.Or(tables[c.table], "| change | new server, old client | old server, new client | how |\n|---|---|---|---|\n") +
			fmt.Sprintf("| %s | %s | %s | %s |\n", c.what, new, old, how)
		for _, use := range c.uses {
			said := "compiles"
			if msg := uses[[2]string{c.pair, use}]; msg != "" {
				said = code(inNew.ReplaceAllString(msg, "p."))
			}
			_, expr := shown(use)
			tables["go"] = cmp.Or(tables["go"], "| change | code | with the new package |\n|---|---|---|\n") +
				fmt.Sprintf("| %s | %s | %s |\n", c.what, code(expr), said)
		}
	}
	return tables
}

// shown parts an expression from the declarations before it, which the page doesn't show.
func shown(use string) (decls, expr string) {
	if decls, expr, ok := strings.Cut(use, ";; "); ok {
		return decls, expr
	}
	return "", use
}

// inNew matches the name of the new package in a message of the compiler.
var inNew = regexp.MustCompile(`\bnew\.`)

// code returns text as code in a table.
func code(text string) string {
	return "`" + strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`) + "`"
}

// cell says what becomes of the calls of a column, and whether all succeed.
func (c *change) cell(column int) (text string, works bool) {
	type group struct {
		says    said
		samples []string
	}
	var groups []group
	works = true
	for _, call := range c.calls[column] {
		says := call.says()
		works = works && says.ok
		i := slices.IndexFunc(groups, func(g group) bool { return g.says == says })
		if i < 0 {
			i = len(groups)
			groups = append(groups, group{says: says})
		}
		groups[i].samples = append(groups[i].samples, code(call.sample))
	}
	if works && len(groups) > 1 { // the plain ones go without saying
		groups = slices.DeleteFunc(groups, func(g group) bool { return g.says.detail == "" })
	}
	var parts []string
	for _, g := range groups {
		part := g.says.verdict
		if len(groups) > 1 {
			part += " for " + strings.Join(g.samples, " and ")
		}
		if g.says.detail != "" {
			part += g.says.between + g.says.detail
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; "), works
}

// A said is what the page says of a call.
type said struct {
	verdict, between, detail string
	ok                       bool // the caller or the handler got what was sent
}

// says says what became of a call.
func (c *changedCall) says() said {
	o := c.outcome
	switch {
	case o.Failed && c.Err != "" && o.Reason == "":
		return c.saysError()
	case o.Failed:
		verdict := "**fails**"
		switch n := len(o.Client); {
		case n == 1:
			verdict += " after 1 item"
		case n > 1:
			verdict += fmt.Sprintf(" after %d items", n)
		}
		return said{verdict, ": ", o.Reason + ", " + code(bare(o.Message)), false}
	}
	received, sent := o.Client, c.Results
	if strings.HasPrefix(c.Method, "Send") {
		received, sent = []changedValue{*o.Handler}, []json.RawMessage{c.Request}
	}
	var details []string
	for i, v := range received {
		if len(v.Unknown) > 0 {
			details = append(details, code(strings.Join(v.Unknown, ", "))+" is kept in `Unknown`")
		}
		if v.Other {
			details = append(details, "`Other` holds it")
		}
		if i < len(sent) && !equalJSON(v.JSON, sent[i]) {
			details = append(details, "it arrives as "+code(string(v.JSON)))
		}
	}
	if len(received) != len(sent) && c.outcome.Client != nil {
		details = append(details, fmt.Sprintf("%d of %d results arrive", len(received), len(sent)))
	}
	return said{"works", "; ", strings.Join(details, ", "), true}
}

// saysError says what the client knows of the error that the handler returned.
func (c *changedCall) saysError() said {
	o := c.outcome
	s := said{"code " + fmt.Sprint(o.Code), ", ", code(o.Message) + ", which is " + code("Err"+o.Known), o.Known == c.Err}
	switch {
	case o.Known == "":
		s.detail = code(o.Message) + ", which is none of the client's errors"
	case o.NoData && c.Data != nil:
		s.detail += ". Its data doesn't fit: " + code(o.Known+"DataOf") + " reports false"
		s.ok = false
	case o.NoData:
		s.detail += ". There is no data: " + code(o.Known+"DataOf") + " reports false"
	case o.Data != nil && o.Data.Unknown != nil:
		s.detail += ". " + code(strings.Join(o.Data.Unknown, ", ")) + " is kept in the `Unknown` of its data"
	}
	return s
}

// bare returns an error of a value without what its reason says, and as if the value were
// the body.
func bare(message string) string {
	message = callWords.ReplaceAllString(message, "")
	return valueKey.ReplaceAllString(message, "$1")
}

var (
	callWords = regexp.MustCompile(`^(bad request|response of [a-zA-Z-]+): `)
	valueKey  = regexp.MustCompile(`^(?:at /get-[A-Za-z]+: |(at )/get-[A-Za-z]+)`)
)

// equalJSON reports whether two texts are the same value.
func equalJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
