package schema

import (
	"net/url"
	"strconv"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/keyword"
)

// index finds what references point to: every document that was read, and the
// schemas in them that have a name.
type index struct {
	options   *Options
	problems  *gen.Problems
	files     map[string]*File     // by the URI that they were asked for
	resources map[string]*resource // by URI
	homes     map[*Node]*resource  // of every node that has been walked as a schema
	dialects  map[string]*dialect
	paths     map[*File]map[*Node]string // see path
}

// A resource is a schema with a URI, and what belongs to it alone.
type resource struct {
	uri       *url.URL
	root      *Node
	dialect   *dialect
	anchors   map[string]*Node
	dynamic   []string // the names among anchors that are dynamic, in order
	recursive bool     // $recursiveAnchor
}

func newIndex(o *Options, p *gen.Problems) *index {
	ix := &index{
		options: o, problems: p,
		files: map[string]*File{}, resources: map[string]*resource{},
		homes: map[*Node]*resource{}, dialects: map[string]*dialect{}, paths: map[*File]map[*Node]string{},
	}
	for uri, d := range draftURIs {
		ix.dialects[uri] = newDialect(uri, d)
	}
	return ix
}

// dialect returns the dialect of a metaschema, which is read if it isn't one
// of the drafts.
func (ix *index) dialect(uri string) (*dialect, error) {
	uri = trimFragment(uri)
	if d := ix.dialects[uri]; d != nil {
		return d, nil
	}
	f, err := ix.open(uri, nil)
	if err != nil {
		return nil, err
	}
	base := DefaultDialect
	if s, ok := f.Root.Member("$schema").Str(); ok && trimFragment(s) != uri {
		base = s
	}
	parent, err := ix.dialect(base)
	if err != nil {
		return nil, err
	}
	d := newDialect(uri, parent.draft)
	if v := f.Root.Member("$vocabulary"); v != nil {
		d.restrict(v)
	}
	ix.dialects[uri] = d
	return d, nil
}

// add walks the schema n, found in a resource (nil for that of its file), and
// notes the names in it.
func (ix *index) add(n *Node, in *resource) {
	if ix.homes[n] != nil {
		return
	}
	if in == nil {
		in = ix.fileResource(n)
	}
	if n.Kind == Object {
		in = ix.enter(n, in)
	}
	ix.homes[n] = in
	if n.Kind != Object || ix.refAlone(n, in) {
		return
	}
	for i := range n.Members {
		m := &n.Members[i]
		k := keyword.Lookup(m.Name, in.dialect.draft)
		if k == nil {
			continue
		}
		switch list := m.Value.Kind == Array; {
		case k.Holds == keyword.Schema, k.Holds == keyword.Items && !list:
			ix.add(m.Value, in)
		case k.Holds == keyword.SchemaList, k.Holds == keyword.Items:
			for _, item := range m.Value.Items {
				ix.add(item, in)
			}
		case k.Holds == keyword.SchemaMap, k.Holds == keyword.PatternMap, k.Holds == keyword.Dependencies:
			for _, p := range m.Value.Members {
				if k.Holds != keyword.Dependencies || p.Value.Kind != Array {
					ix.add(p.Value, in)
				}
			}
		}
	}
}

// refAlone reports whether a $ref makes everything beside it meaningless, as
// it did before 2019-09.
func (ix *index) refAlone(n *Node, in *resource) bool {
	_, isRef := n.Member("$ref").Str()
	return isRef && in.dialect.draft < keyword.Draft2019
}

// fileResource returns the resource of a whole file.
func (ix *index) fileResource(n *Node) *resource {
	if r := ix.resources[n.File.URI]; r != nil {
		return r
	}
	uri, err := url.Parse(n.File.URI)
	if err != nil {
		uri = new(url.URL)
	}
	d := ix.dialects[trimFragment(DefaultDialect)]
	if ix.options.Dialect != "" {
		var err error
		if d, err = ix.dialect(ix.options.Dialect); err != nil {
			ix.problems.Add(n.Pos(), "dialect %s: %v", ix.options.Dialect, err)
			d = ix.dialects[DefaultDialect]
		}
	}
	r := &resource{uri: uri, root: n.File.Root, dialect: d, anchors: map[string]*Node{}}
	ix.resources[n.File.URI] = r
	if s, ok := n.File.Root.Member("$schema").Str(); ok {
		ix.setDialect(r, n.File.Root.Member("$schema"), s)
	}
	return r
}

func (ix *index) setDialect(r *resource, at *Node, uri string) {
	d, err := ix.dialect(uri)
	if err != nil {
		ix.problems.Add(at.Pos(), "$schema %q: %v", uri, err)
		return
	}
	r.dialect = d
}

// enter returns the resource that n belongs to: a new one if n has a URI of
// its own. It notes n's anchors there.
func (ix *index) enter(n *Node, in *resource) *resource {
	d := in.dialect.draft
	if ix.refAlone(n, in) {
		return in
	}
	schemaKey := n.Member("$schema")
	if s, ok := schemaKey.Str(); ok && n != in.root {
		// An embedded schema may be written in another draft.
		sub := &resource{dialect: in.dialect}
		ix.setDialect(sub, schemaKey, s)
		d = sub.dialect.draft
	}
	if id, ok := n.Member(d.ID()).Str(); ok {
		in = ix.named(n, in, d, id)
		d = in.dialect.draft
	}
	if d < keyword.Draft2019 {
		return in
	}
	if a, ok := n.Member("$anchor").Str(); ok {
		in.anchors[a] = n
	}
	if a, ok := n.Member("$dynamicAnchor").Str(); ok && d >= keyword.Draft2020 {
		in.anchors[a] = n
		in.dynamic = append(in.dynamic, a)
	}
	if n == in.root && d == keyword.Draft2019 && n.Member("$recursiveAnchor").True() {
		in.recursive = true
	}
	return in
}

// named returns the resource that begins at n with an id of its own.
func (ix *index) named(n *Node, in *resource, d keyword.Draft, id string) *resource {
	ref, err := url.Parse(id)
	if err != nil {
		ix.problems.Add(n.Member(d.ID()).Pos(), "%s %q isn't a URI reference", d.ID(), id)
		return in
	}
	anchor := ref.Fragment
	ref.Fragment, ref.RawFragment = "", ""
	if anchor != "" && d < keyword.Draft2019 && *ref == (url.URL{}) {
		in.anchors[anchor] = n // before 2019-09 an id of a fragment alone is an anchor
		return in
	}
	uri := in.uri.ResolveReference(ref)
	if n == in.root && n == n.File.Root {
		// The whole file: it keeps its own URI as well.
		in.uri = uri
		ix.resources[uri.String()] = in
		return in
	}
	r := &resource{uri: uri, root: n, dialect: in.dialect, anchors: map[string]*Node{}}
	if s, ok := n.Member("$schema").Str(); ok {
		ix.setDialect(r, n.Member("$schema"), s)
	}
	if anchor != "" && d < keyword.Draft2019 {
		r.anchors[anchor] = n
	}
	if ix.resources[uri.String()] == nil {
		ix.resources[uri.String()] = r
	}
	return r
}

// path returns the JSON pointer from the root of its file to a schema,
// whatever the reference says that led there.
func (ix *index) path(n *Node) string {
	paths := ix.paths[n.File]
	if paths == nil {
		paths = map[*Node]string{}
		ix.paths[n.File] = paths
		var visit func(n *Node, path string)
		visit = func(n *Node, path string) {
			if n.Kind == Object || n.Kind == Bool {
				paths[n] = path
			}
			for _, m := range n.Members {
				visit(m.Value, path+"/"+escapeToken(m.Name))
			}
			for i, item := range n.Items {
				visit(item, path+"/"+strconv.Itoa(i))
			}
		}
		visit(n.File.Root, "")
	}
	return paths[n]
}
