package golang_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/load"
)

// The order of what has no order in JSON gives nothing another name.
func TestNames_order(t *testing.T) {
	for name, root := range orderly(t) {
		t.Run(name, func(t *testing.T) {
			plain := root.Member("tpp") == nil
			want, err := declared(t, root, plain)
			if err != nil {
				t.Fatal(err)
			}
			for seed := range uint64(6) {
				r := rand.New(rand.NewPCG(seed, 1))
				got, err := declared(t, rebuilt(root, func(n *document.Node) {
					r.Shuffle(len(n.Members), func(i, j int) { n.Members[i], n.Members[j] = n.Members[j], n.Members[i] })
				}), plain)
				if err != nil {
					t.Fatal(err)
				}
				if diff := missing(want, got); diff != "" {
					t.Fatalf("in another order (%d):\n%s", seed, diff)
				}
			}
		})
	}
}

// What is added to a contract gives nothing that was there another name: either what was
// there stays, or an error says what collides, with both places.
func TestNames_additions(t *testing.T) {
	places := regexp.MustCompile(`(?s)^\S+:\d+:\d+: .*(at \S+:\d+:\d+|which (every service|a method of every type|every client of a service with an envelope) has)`)
	for name, root := range orderly(t) {
		t.Run(name, func(t *testing.T) {
			plain := root.Member("tpp") == nil
			want, err := declared(t, root, plain)
			if err != nil {
				t.Fatal(err)
			}
			var types []string
			for id := range want {
				if text, ok := strings.CutPrefix(id, "type "); ok && len(types) < 4 {
					types = append(types, text)
				}
			}
			slices.Sort(types)
			most := 40
			if testing.Short() {
				most = 10
			}
			all := 0
			for _, at := range objects(root) {
				all += 2 * len(additions(at, types, plain))
			}
			every, tried := all/most|1, 0 // odd, so that both ends get their turn
			for _, at := range objects(root) {
				for _, added := range additions(at, types, plain) {
					for _, first := range []bool{true, false} {
						if tried++; tried%every != 0 {
							continue
						}
						m := document.Member{Name: added, Value: at.value}
						changed := rebuilt(root, func(n *document.Node) {
							if n.Line != at.node.Line || n.Col != at.node.Col || n.Kind != document.Object {
								return
							}
							if first {
								n.Members = slices.Insert(n.Members, 0, m)
							} else {
								n.Members = append(n.Members, m)
							}
						})
						got, err := declared(t, changed, plain)
						var problems gen.Problems
						switch {
						case errors.As(err, &problems) && !plain:
							if !slices.ContainsFunc(problems, func(p gen.Problem) bool { return places.MatchString(p.String()) }) {
								t.Errorf("%q added to %s: no place, or only one: %v", added, at.what, err)
							}
						case err != nil:
							t.Errorf("%q added to %s: %v", added, at.what, err)
						default:
							if diff := missing(want, got); diff != "" {
								t.Fatalf("%q added to %s (first: %t):\n%s", added, at.what, first, diff)
							}
						}
					}
				}
			}
		})
	}
}

// A where is a node that something can be added to.
type where struct {
	node  *document.Node
	what  string
	value *document.Node // what is added
}

// objects returns the objects of a document in which a name can be added: properties,
// definitions, actions and errors.
func objects(root *document.Node) []where {
	text := &document.Node{Kind: document.Object, File: root.File}
	text.Members = []document.Member{{Name: "type", Value: &document.Node{Kind: document.String, Text: "string", File: root.File}}}
	object := &document.Node{Kind: document.Object, File: root.File}
	object.Members = []document.Member{{Name: "type", Value: &document.Node{Kind: document.String, Text: "object", File: root.File}},
		{Name: "required", Value: &document.Node{Kind: document.Array, File: root.File, Items: []*document.Node{{Kind: document.String, Text: "x", File: root.File}}}}}
	action := &document.Node{Kind: document.Object, File: root.File, Members: []document.Member{{Name: "request", Value: object}, {Name: "response", Value: object}}}
	fault := &document.Node{Kind: document.Object, File: root.File, Members: []document.Member{{Name: "code", Value: &document.Node{Kind: document.Number, Text: "999", File: root.File}}}}
	var list []where
	var visit func(n *document.Node, key string)
	visit = func(n *document.Node, key string) {
		if n.Kind == document.Object {
			switch key {
			case "properties":
				list = append(list, where{n, key, text})
			case "$defs", "definitions":
				list = append(list, where{n, key, object})
			}
		}
		if key == "const" || key == "enum" || key == "default" || key == "examples" {
			return
		}
		for i := range n.Members {
			visit(n.Members[i].Value, n.Members[i].Name)
		}
		for _, item := range n.Items {
			visit(item, "")
		}
	}
	visit(root, "")
	if root.Member("tpp") != nil {
		list = append(list, where{root.Member("actions"), "actions", action})
		if e := root.Member("errors"); e != nil {
			list = append(list, where{e, "errors", fault})
		}
	}
	return list
}

// additions returns the names to add beside those of an object. In a plain schema they
// are spelled less like names of Go than those that are there.
func additions(at where, types []string, plain bool) []string {
	list := []string{"added"}
	for i, m := range at.node.Members {
		if i == 3 {
			break
		}
		list = append(list, m.Name+"_")
		if !plain {
			list = append(list, strings.ToUpper(m.Name[:1])+m.Name[1:], m.Name+"_or_default")
		}
	}
	switch {
	case plain:
	case at.what == "$defs":
		for _, name := range types {
			list = append(list, name, name+"Kind", "New"+name, name+"Value", name+"2")
		}
		list = append(list, "client", "new_client", "register", "envelope")
	case at.what == "actions":
		list = append(list, "with_envelope", "client")
	case at.what == "properties":
		list = append(list, "unknown", "additional", "other", "validate", "string", "log_value", "kind", "format")
	}
	return slices.DeleteFunc(list, func(name string) bool { return at.node.Member(name) != nil || strings.Contains(name, "/") })
}

// orderly returns the contracts and schemas of the golden files, and those of ToxicBuild.
func orderly(t *testing.T) map[string]*document.Node {
	t.Helper()
	list := map[string]*document.Node{}
	add := func(name string, data []byte) {
		var problems gen.Problems
		f := document.Parse(name, data, &problems)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		list[strings.ReplaceAll(name, "/", "-")] = f.Root
	}
	archives, err := filepath.Glob("../../testdata/golden/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if f.Name == "contract.yaml" || f.Name == "schema.json" {
				add(strings.TrimSuffix(filepath.Base(name), ".txtar")+filepath.Ext(f.Name), f.Data)
			}
		}
	}
	for _, pattern := range []string{"../../schemas/toxicbuild/*.yaml", "../../cmd/tpp/testdata/*/*.yaml", "testdata/names/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			add(filepath.Base(name), data)
		}
	}
	return list
}

// rebuilt returns a copy of n in which each object has been changed.
func rebuilt(n *document.Node, change func(n *document.Node)) *document.Node {
	own := *n
	own.Items, own.Members = nil, nil
	for _, item := range n.Items {
		own.Items = append(own.Items, rebuilt(item, change))
	}
	for _, m := range n.Members {
		own.Members = append(own.Members, document.Member{Name: m.Name, Value: rebuilt(m.Value, change)})
	}
	change(&own)
	return &own
}

// declared returns what the package for a document declares for its users: the text
// of each declaration by its kind and name.
func declared(t *testing.T, root *document.Node, plain bool) (map[string]string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "contract.json")
	if err := os.WriteFile(name, []byte(root.JSON()), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load.Contract(name, load.Options{Types: plain, Root: "Root", AssertFormats: true})
	if err != nil {
		return nil, err
	}
	files, err := emit(c)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, file := range files {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file.Name, file.Data, 0)
		if err != nil {
			t.Fatal(err)
		}
		text := func(node any) string {
			var b bytes.Buffer
			if err := printer.Fprint(&b, fset, node); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		for _, d := range f.Decls {
			eachDecl(d, text, func(id, text string) {
				if id := strings.Fields(id); token.IsExported(id[len(id)-1]) {
					all[strings.Join(id, " ")] = text
				}
			})
		}
	}
	delete(all, "value ContractJSON") // it has the order of the document
	return all, nil
}

// eachDecl calls f for what d declares.
func eachDecl(d ast.Decl, text func(any) string, f func(id, text string)) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		id := "func " + d.Name.Name
		if d.Recv != nil {
			id = "func " + strings.Trim(text(d.Recv.List[0].Type), "*") + " " + d.Name.Name
		}
		f(id, text(d.Type))
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				s, ok := spec.Type.(*ast.StructType)
				if !ok {
					if i, ok := spec.Type.(*ast.InterfaceType); ok {
						f("type "+spec.Name.Name, "interface")
						for _, m := range i.Methods.List {
							f("method "+spec.Name.Name+" "+m.Names[0].Name, text(m.Type))
						}
						continue
					}
					f("type "+spec.Name.Name, text(spec.Type))
					continue
				}
				f("type "+spec.Name.Name, "struct")
				for _, field := range s.Fields.List {
					for _, name := range field.Names {
						tag := ""
						if field.Tag != nil {
							tag = field.Tag.Value
						}
						f("field "+spec.Name.Name+" "+name.Name, text(field.Type)+" "+tag)
					}
				}
			case *ast.ValueSpec:
				for i, name := range spec.Names {
					value := ""
					if i < len(spec.Values) {
						value = text(spec.Values[i])
					}
					f("value "+name.Name, value)
				}
			}
		}
	}
}

// missing returns what was declared before and isn't now, or is something else.
func missing(before, now map[string]string) string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if got, ok := now[id]; !ok || got != before[id] {
			fmt.Fprintf(&b, "%s = %s, was %s\n", id, strconv.Quote(got), before[id])
		}
	}
	return b.String()
}

// In a plain schema, spelling gives each its name.
func TestNames_plain(t *testing.T) {
	got, err := declared(t, orderly(t)["stock.json"], true)
	if err != nil {
		t.Fatal(err)
	}
	for id, tag := range map[string]string{
		"field Root FooBar":            `json:"fooBar`,
		"field Root FooUnderscoreBar":  `json:"foo_bar`,
		"field Root FooMinusBar":       `json:"foo-bar`,
		"field Root Foo":               `json:"Foo`,
		"field Root Foo2":              `json:"foo`,
		"field Root ValidateValue":     `json:"validate`,
		"field Root Unknown":           `json:"unknown`,
		"field Root UnknownProperties": `json:"-"`,
		"value RootStateAB":            `"aB"`,
		"value RootStateASpaceB":       `"A B"`,
		"value RootStateAUnderscoreB":  `"a_b"`,
		"type ObjectMeta":              "struct",
		"type ObjectMetaOwner":         "struct",
		"type CoreV1Pod":               "struct",
		"type CoreV1PodSpec":           "struct",
		"type PartsWheel":              "struct",
		"type AppsV1Pod":               "struct",
		"type JSONRPCMessage":          "struct",
		"type JSONRPCMessageKind":      "struct",
		"type JSONRPCMessageBranch":    "string",
		"type OAuth2":                  "struct",
		"type BaseMeta":                "struct",
		"type BaseDeep":                "struct",
	} {
		if !strings.Contains(got[id], tag) {
			t.Errorf("%s = %q, want %q in it", id, got[id], tag)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(slices.Sorted(maps.Keys(got)), "\n"))
	}
}
