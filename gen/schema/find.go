package schema

// This file walks schemas, and notes the names that references find them by.

import (
	"net/url"
	"path/filepath"
	"strconv"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
)

// A finder makes one Set.
type finder struct {
	options  Options
	problems *gen.Problems
	set      *Set

	// near is the contract's folder as it was named. If that is a relative path, base is
	// the same folder as an absolute path.
	base, near string

	files     map[string]*document.File // by the URI that they were asked for
	published map[*document.File]bool   // the metaschemas of the drafts
	resources map[string]*Resource      // by URI
	dialects  map[string]*Dialect       // by URI
	paths     map[*document.File]map[*document.Node]string
	targets   []*document.Node // of references
}

func newFinder(file *document.File, o Options, problems *gen.Problems) *finder {
	f := &finder{
		options: o, problems: problems,
		set:       &Set{of: map[*document.Node]*Schema{}, documents: map[string]*document.File{}, dialect: o.Dialect},
		files:     map[string]*document.File{file.URI: file},
		published: map[*document.File]bool{},
		resources: map[string]*Resource{},
		dialects:  map[string]*Dialect{},
		paths:     map[*document.File]map[*document.Node]string{},
		near:      filepath.Dir(file.Name),
	}
	for _, d := range o.Documents {
		f.files[d.URI] = d
	}
	for uri, d := range draftURIs {
		f.dialects[uri] = newDialect(uri, d, o)
	}
	if u, err := url.Parse(file.URI); err == nil && !filepath.IsAbs(file.Name) {
		f.base = filepath.Dir(filepath.FromSlash(u.Path))
	}
	return f
}

// add walks the schema n, found in a resource (nil for that of its file), and
// notes the names in it.
func (f *finder) add(n *document.Node, in *Resource) {
	if f.set.of[n] != nil {
		return
	}
	if in == nil {
		in = f.fileResource(n)
	}
	s := &Schema{Node: n, Path: f.path(n), Resource: in}
	if n.Kind == document.Object {
		f.enter(s)
	}
	f.set.of[n] = s
	f.set.Schemas = append(f.set.Schemas, s)
	if n.Kind != document.Object || s.RefAlone() {
		return
	}
	for i := range n.Members {
		m := &n.Members[i]
		k := keyword.Lookup(m.Name, s.Draft()) // of any vocabulary: names count everywhere
		if k == nil {
			continue
		}
		for inner := range held(k, m.Value) {
			f.add(inner, s.Resource)
		}
	}
}

// fileResource returns the resource of the whole file of n.
func (f *finder) fileResource(n *document.Node) *Resource {
	if r := f.resources[n.File.URI]; r != nil {
		return r
	}
	uri, err := url.Parse(n.File.URI)
	if err != nil {
		uri = new(url.URL)
	}
	d := f.dialects[DefaultDialect]
	if f.options.Dialect != "" {
		own, err := f.dialect(f.options.Dialect)
		if err != nil {
			f.problems.Add(n.Pos(), "dialect %s: %v", f.options.Dialect, err)
		} else {
			d = own
		}
	}
	r := &Resource{uri: uri, root: n.File.Root, Dialect: f.declared(n.File.Root, d), anchors: map[string]*Schema{}}
	f.resources[n.File.URI] = r
	return r
}

// declared returns the dialect that n declares by $schema, or else d.
func (f *finder) declared(n *document.Node, d *Dialect) *Dialect {
	at := n.Member("$schema")
	uri, ok := at.Str()
	if !ok {
		return d
	}
	own, err := f.dialect(uri)
	if err != nil {
		f.problems.Add(at.Pos(), "$schema %q: %v", uri, err)
		return d
	}
	return own
}

// enter moves s to a resource of its own if it has a URI, and notes its anchors.
func (f *finder) enter(s *Schema) {
	if s.RefAlone() {
		return
	}
	n, d := s.Node, s.Resource.Dialect
	if n != s.Resource.root {
		d = f.declared(n, d) // an embedded schema may be written in another draft
	}
	if id, ok := n.Member(d.Draft.ID()).Str(); ok {
		f.name(s, d, id)
		d = s.Resource.Dialect
	}
	if d.Draft < keyword.Draft2019 {
		return
	}
	r := s.Resource
	if a, ok := n.Member("$anchor").Str(); ok {
		f.anchor(r, a, s, "$anchor")
	}
	if a, ok := n.Member("$dynamicAnchor").Str(); ok && d.Draft >= keyword.Draft2020 {
		f.anchor(r, a, s, "$dynamicAnchor")
		r.dynamic = append(r.dynamic, a)
	}
	if n == r.root && d.Draft == keyword.Draft2019 && n.Member("$recursiveAnchor").True() {
		r.recursive = true
	}
}

// name gives s its id in the dialect d: a resource of its own, or an anchor.
func (f *finder) name(s *Schema, d *Dialect, id string) {
	in := s.Resource
	ref, err := url.Parse(id)
	if err != nil {
		keyword := d.Draft.ID()
		f.problems.Add(s.Node.Member(keyword).Pos(), "%s %q isn't a URI reference", keyword, id)
		return
	}
	anchor := ref.Fragment
	ref.Fragment, ref.RawFragment = "", ""
	if anchor != "" && d.Draft < keyword.Draft2019 && *ref == (url.URL{}) {
		f.anchor(in, anchor, s, d.Draft.ID()) // before 2019-09 an id of a fragment alone is an anchor
		return
	}
	uri := in.uri.ResolveReference(ref)
	if s.Node == in.root && s.Node == s.Node.File.Root {
		// The whole file: it keeps its own URI as well.
		in.uri = uri
		f.resources[uri.String()] = in
		return
	}
	r := &Resource{uri: uri, root: s.Node, Dialect: f.declared(s.Node, in.Dialect), anchors: map[string]*Schema{}}
	if anchor != "" && d.Draft < keyword.Draft2019 {
		r.anchors[anchor] = s
	}
	if other := f.resources[uri.String()]; other == nil {
		f.resources[uri.String()] = r
	} else if other.root.File == s.Node.File { // a file may be read by two URIs
		f.twice(s.Node.Member(d.Draft.ID()), other.root.Member(d.Draft.ID()), d.Draft.ID(), id)
	}
	s.Resource = r
}

// anchor gives s an anchor, by a keyword, in a resource.
func (f *finder) anchor(r *Resource, name string, s *Schema, keyword string) {
	if other := r.anchors[name]; other == nil {
		r.anchors[name] = s
	} else if other != s {
		f.twice(s.Node.Member(keyword), anchored(other.Node, s.Node.Member(keyword).Text), keyword, s.Node.Member(keyword).Text)
	}
}

// anchored returns where n has an anchor.
func anchored(n *document.Node, text string) *document.Node {
	for _, keyword := range []string{"$anchor", "$dynamicAnchor", "$id", "id"} {
		if m := n.Member(keyword); m != nil && m.Text == text {
			return m
		}
	}
	return n
}

// twice reports that a name stands at a place and stood at another before, which may
// be nil. References couldn't tell which schema they lead to. An alias of YAML repeats
// the place itself, and with it the schema.
func (f *finder) twice(at, before *document.Node, keyword, name string) {
	switch {
	case before == nil:
		f.problems.Add(at.Pos(), "%s %q stands twice: change one", keyword, name)
		return
	case before.Pos() == at.Pos():
		return
	}
	f.problems.Add(at.Pos(), "%s %q stands twice, at %v too: change one", keyword, name, before.Pos())
}

// path returns the JSON pointer from the root of its file to n.
func (f *finder) path(n *document.Node) string {
	paths := f.paths[n.File]
	if paths == nil {
		paths = map[*document.Node]string{}
		f.paths[n.File] = paths
		var visit func(n *document.Node, path string)
		visit = func(n *document.Node, path string) {
			paths[n] = path
			for _, m := range n.Members {
				visit(m.Value, path+"/"+document.Escape(m.Name))
			}
			for i, item := range n.Items {
				visit(item, path+"/"+strconv.Itoa(i))
			}
		}
		visit(n.File.Root, "")
	}
	return paths[n]
}
