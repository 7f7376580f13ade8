// Package schema reads contracts and plain JSON Schema files and makes the
// model of them.
//
// Data flows one way: a file becomes a tree of nodes with positions (file.go),
// the schemas in it are found and named (index.go), each becomes a predicate
// without references and drafts (normalize.go), and each predicate gets a type
// (lower.go and its neighbours). A contract's own keys are read beside that
// (contract.go). Whatever is wrong is collected and returned together.
package schema

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/model"
)

// Options say how to read a contract. The zero value reads one that refers to
// nothing but files near it.
type Options struct {
	// Types asks for the types of a plain JSON Schema file. If false, the file
	// must be a contract.
	Types bool

	// Root is what the name of a plain schema's root type is made of. If empty,
	// it's the name of the file, without .json or .schema.json.
	Root string

	// Dialect is the URI of the metaschema of documents without $schema. If
	// empty, it's DefaultDialect.
	Dialect string

	// Refs tell where the documents behind remote references are. Nothing is
	// ever fetched from the network.
	Refs []Ref

	// AssertFormats makes format, contentEncoding and contentMediaType checks
	// in the drafts for which they are annotations.
	AssertFormats bool

	uri  string // of the file
	base string // the folder of the file, absolute, if the file was named by a relative path
	near string // the same folder as it was named
}

// relative returns an absolute path as seen from where the contract was named
// by a relative one.
func (o *Options) relative(path string) string {
	if o.base == "" {
		return path
	}
	rel, err := filepath.Rel(o.base, path)
	if err != nil {
		return path
	}
	return filepath.Join(o.near, rel)
}

// A Ref maps the URIs that begin with Prefix to the files of a folder.
type Ref struct {
	Prefix string
	Dir    string
}

// Load reads the contract in a file. If anything is wrong with it, the error is
// of type Problems.
func Load(name string, o Options) (*model.Contract, error) {
	f, probs, err := readFile(name, &o)
	if err != nil {
		return nil, err
	}
	c, probs := load(f, &o, probs)
	if err := probs.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// readFile reads the document that everything begins with.
func readFile(name string, o *Options) (*File, gen.Problems, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, nil, err
	}
	o.uri = (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String()
	if !filepath.IsAbs(name) {
		o.base, o.near = filepath.Dir(abs), filepath.Dir(name)
	}
	f, probs := parseFile(name, data)
	if f.Root == nil {
		return nil, nil, probs.Err()
	}
	f.URI = o.uri
	return f, probs, nil
}

// load makes the model of a file that has been read.
func load(f *File, o *Options, probs gen.Problems) (*model.Contract, gen.Problems) {
	c := newLowerer(f, o, &probs).lower(f)
	return c, probs
}

// newLowerer returns a lowerer that knows a file so far.
func newLowerer(f *File, o *Options, probs *gen.Problems) *lowerer {
	ix := newIndex(o, probs)
	ix.files[f.URI] = f
	return &lowerer{
		normalizer: newNormalizer(ix),
		contract:   !o.Types,
		types:      map[*model.Schema]*model.Type{},
		kinds:      map[*model.Schema]model.JSONType{},
		checked:    map[*Node]bool{},
		joined:     map[string]*model.Schema{},
	}
}

// lower makes the model of a whole file; what it returns is of use if there
// were no problems.
func (l *lowerer) lower(f *File) *model.Contract {
	c := &model.Contract{Source: filepath.Base(f.Name), Pos: f.Root.Pos()}
	var roots []*model.Type
	switch {
	case l.contract && plainSchema(f.Root):
		l.problems.Add(f.Root.Pos(), "this is a JSON Schema rather than a contract: give --types for the types in it")
	case l.contract:
		roots = l.service(c, f)
	case f.Root.Member("tpp") != nil && f.Root.Member("actions") != nil:
		l.problems.Add(f.Root.Pos(), "this is a contract rather than a JSON Schema: leave out --types")
	default:
		roots = l.plain(c, f)
	}
	if len(*l.problems) > 0 {
		return nil
	}
	tie(roots)
	c.Types = named(roots)
	return c
}

// plainSchema reports whether a document is JSON Schema, and has nothing of a
// contract.
func plainSchema(root *Node) bool {
	for _, key := range []string{"tpp", "service", "actions", "errors", "envelope"} {
		if root.Member(key) != nil {
			return false
		}
	}
	for _, key := range []string{"$schema", "$id", "$ref", "type", "properties", "items", "enum", "const", "allOf", "anyOf", "oneOf"} {
		if root.Member(key) != nil {
			return true
		}
	}
	return false
}

// plain lowers a JSON Schema file: its root, and its definitions.
func (l *lowerer) plain(c *model.Contract, f *File) []*model.Type {
	l.root = []string{l.options.Root}
	if l.options.Root == "" {
		base := filepath.Base(f.Name)
		l.root[0] = strings.TrimSuffix(strings.TrimSuffix(base, filepath.Ext(base)), ".schema")
	}
	if f.Root.Kind != Object && f.Root.Kind != Bool {
		l.problems.Add(f.Root.Pos(), "a schema is an object or a boolean, not %s %s", article(f.Root.Kind), f.Root.Kind)
		return nil
	}
	l.add(f.Root, nil)
	l.checkSchema(f.Root)
	s := l.schema(f.Root, "")
	var definitions []*model.Schema
	for _, key := range []string{"definitions", "$defs"} {
		d := f.Root.Member(key)
		if d == nil || d.Kind != Object {
			continue
		}
		for _, m := range d.Members {
			if m.Value.Kind == Object || m.Value.Kind == Bool {
				definitions = append(definitions, l.schema(m.Value, "/"+key+"/"+escapeToken(m.Name)))
			}
		}
	}
	l.finish()
	if len(*l.problems) > 0 {
		return nil
	}
	root := l.typeOf(s, l.root)
	if !slices.Equal(root.Words, l.root) && root.Kind == model.Nullable {
		root = &model.Type{Kind: model.Nullable, Words: l.root, Elem: root.Elem, Doc: root.Doc, Pos: root.Pos, Schema: root.Schema}
	}
	if !slices.Equal(root.Words, l.root) {
		c.Aliases = append(c.Aliases, &model.Alias{Words: l.root, Pos: f.Root.Pos(), Type: root})
	}
	root.Declared = true
	roots := []*model.Type{root}
	for _, d := range definitions {
		roots = append(roots, l.declared(d))
	}
	return roots
}

// finish looks at all schemas once they are known.
func (l *lowerer) finish() {
	for _, n := range l.targets {
		l.checkSchema(n)
	}
	l.loops()
	l.dynamic = dynamicSchemas(l.order)
}

// article returns a or an, as fits the name of a JSON type.
func article(k Kind) string {
	if k == Array || k == Object {
		return "an"
	}
	return "a"
}

// tie gives a name to the types that would contain themselves without one: a
// list of such lists can only be written down by its name.
func tie(roots []*model.Type) {
	depth := map[*model.Type]int{} // of those on the path, from 1; -1 for those behind us
	var path []*model.Type
	var visit func(t *model.Type)
	visit = func(t *model.Type) {
		if t == nil || depth[t] < 0 {
			return
		}
		if at := depth[t]; at > 0 {
			if !slices.ContainsFunc(path[at-1:], hasName) {
				t.Declared = true
			}
			return
		}
		path = append(path, t)
		depth[t] = len(path)
		for _, part := range parts(t) {
			visit(part)
		}
		path = path[:len(path)-1]
		depth[t] = -1
	}
	for _, t := range roots {
		visit(t)
	}
}

// hasName reports whether t gets a name of its own.
func hasName(t *model.Type) bool {
	switch t.Kind {
	case model.Struct, model.Union, model.Enum, model.Tuple:
		return true
	}
	return t.Declared
}

// parts returns the types that t is made of, in the order of the source.
func parts(t *model.Type) []*model.Type {
	list := slices.Clone(t.Prefix)
	for _, f := range t.Fields {
		list = append(list, f.Type)
	}
	list = append(list, t.Elem, t.Open)
	for _, b := range t.Branches {
		list = append(list, b.Type)
	}
	return list
}

// named returns the types that get a name, in the order in which a reader
// meets them.
func named(roots []*model.Type) []*model.Type {
	var list []*model.Type
	seen := map[*model.Type]bool{}
	var visit func(t *model.Type)
	visit = func(t *model.Type) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		t.Declared = hasName(t)
		if t.Declared {
			list = append(list, t)
		}
		for _, part := range parts(t) {
			visit(part)
		}
	}
	for _, t := range roots {
		visit(t)
	}
	return list
}
