package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// index finds what references point to: every document that was read, and the
// schemas in them that have a name.
type index struct {
	options   *Options
	problems  *Problems
	files     map[string]*File     // by the URI that they were asked for
	resources map[string]*resource // by URI
	homes     map[*Node]*resource  // of every node that has been walked as a schema
	dialects  map[string]*dialect
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

func newIndex(o *Options, p *Problems) *index {
	ix := &index{
		options: o, problems: p,
		files: map[string]*File{}, resources: map[string]*resource{},
		homes: map[*Node]*resource{}, dialects: map[string]*dialect{},
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
		switch pos := in.dialect.draft.positions(m.Name); {
		case pos == aSchema, pos == anItemsList && m.Value.Kind != Array:
			ix.add(m.Value, in)
		case pos == aList, pos == anItemsList:
			for _, item := range m.Value.Items {
				ix.add(item, in)
			}
		case pos == aMap, pos == aDependency:
			for _, p := range m.Value.Members {
				if pos == aMap || p.Value.Kind != Array {
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
	return isRef && in.dialect.draft < draft2019
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
			ix.problems.add(n, "dialect %s: %v", ix.options.Dialect, err)
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
		ix.problems.add(at, "$schema %q: %v", uri, err)
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
	if id, ok := n.Member(d.id()).Str(); ok {
		in = ix.named(n, in, d, id)
		d = in.dialect.draft
	}
	if d < draft2019 {
		return in
	}
	if a, ok := n.Member("$anchor").Str(); ok {
		in.anchors[a] = n
	}
	if a, ok := n.Member("$dynamicAnchor").Str(); ok && d >= draft2020 {
		in.anchors[a] = n
		in.dynamic = append(in.dynamic, a)
	}
	if n == in.root && d == draft2019 && n.Member("$recursiveAnchor").True() {
		in.recursive = true
	}
	return in
}

// named returns the resource that begins at n with an id of its own.
func (ix *index) named(n *Node, in *resource, d draft, id string) *resource {
	ref, err := url.Parse(id)
	if err != nil {
		ix.problems.add(n.Member(d.id()), "%s %q isn't a URI reference", d.id(), id)
		return in
	}
	anchor := ref.Fragment
	ref.Fragment, ref.RawFragment = "", ""
	if anchor != "" && d < draft2019 && *ref == (url.URL{}) {
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
	if anchor != "" && d < draft2019 {
		r.anchors[anchor] = n
	}
	if ix.resources[uri.String()] == nil {
		ix.resources[uri.String()] = r
	}
	return r
}

// resolve returns the schema that a reference found in a resource points to.
func (ix *index) resolve(ref string, in *resource, from *File) (*Node, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return nil, errors.New("isn't a URI reference")
	}
	target := in.uri.ResolveReference(u)
	fragment := target.Fragment
	target.Fragment, target.RawFragment = "", ""
	r := in
	if base := *in.uri; target.String() != withoutFragment(base) {
		if r, err = ix.resource(target.String(), u, from); err != nil {
			return nil, err
		}
	}
	switch {
	case fragment == "":
		ix.add(r.root, r)
		return r.root, nil
	case fragment[0] == '/':
		return ix.pointer(fragment, r)
	}
	if n := r.anchors[fragment]; n != nil {
		return n, nil
	}
	return nil, fmt.Errorf("there is no anchor %q in %s", fragment, r.uri)
}

func withoutFragment(u url.URL) string {
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// resource returns the resource with a URI, and reads its file if need be.
func (ix *index) resource(uri string, ref *url.URL, from *File) (*resource, error) {
	if r := ix.resources[uri]; r != nil {
		return r, nil
	}
	if r := ix.resources[trimFragment(uri)]; r != nil {
		return r, nil
	}
	f, err := ix.open(uri, siblingOf(from, ref))
	if err != nil {
		return nil, err
	}
	if r := ix.resources[uri]; r != nil {
		return r, nil
	}
	ix.add(f.Root, nil)
	if r := ix.homes[f.Root]; r != nil {
		return r, nil
	}
	return nil, errors.New("there is no such schema")
}

// siblingOf returns the path of a relative reference beside the file that
// holds it. Many schemas carry an id from where nothing is to be fetched, and
// refer to the files beside them.
func siblingOf(from *File, ref *url.URL) []string {
	if from == nil || ref.IsAbs() || ref.Host != "" || ref.Path == "" || strings.HasPrefix(ref.Path, "/") {
		return nil
	}
	return []string{filepath.Join(filepath.Dir(from.Name), filepath.FromSlash(ref.Path))}
}

// open reads the document with a URI: a metaschema, a file, or what an option
// maps to one. It never asks the network.
func (ix *index) open(uri string, siblings []string) (*File, error) {
	if f := ix.files[uri]; f != nil {
		return f, nil
	}
	if data := metaschema(trimFragment(uri)); data != nil {
		return ix.parse(uri, trimFragment(uri), data)
	}
	var paths []string
	if u, err := url.Parse(uri); err == nil && u.Scheme == "file" {
		paths = append(paths, filepath.FromSlash(u.Path))
	}
	for _, m := range ix.options.Refs {
		if rest, ok := strings.CutPrefix(uri, m.Prefix); ok {
			paths = append(paths, filepath.Join(m.Dir, filepath.FromSlash(rest)))
		}
	}
	for _, p := range append(paths, siblings...) {
		for _, name := range []string{p, p + ".json"} {
			data, err := os.ReadFile(name)
			if err == nil {
				return ix.parse(uri, name, data)
			}
			if !errors.Is(err, fs.ErrNotExist) && !isDir(name) {
				return nil, err
			}
		}
	}
	if len(paths) > 0 {
		return nil, fmt.Errorf("there is no file %s", paths[0])
	}
	return nil, fmt.Errorf("nothing says where %s is: map it to a folder with --ref URLPREFIX=DIR", uri)
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func (ix *index) parse(uri, name string, data []byte) (*File, error) {
	f, probs := parseFile(name, data)
	*ix.problems = append(*ix.problems, probs...)
	if f.Root == nil {
		return nil, fmt.Errorf("%s can't be read", name)
	}
	f.URI = uri
	ix.files[uri] = f
	return f, nil
}

// pointer follows a JSON pointer from the root of a resource. What it finds
// needn't stand where schemas are looked for.
func (ix *index) pointer(fragment string, r *resource) (*Node, error) {
	n := r.root
	ix.add(n, r)
	in := r
	for _, tok := range strings.Split(fragment[1:], "/") {
		tok = strings.NewReplacer("~1", "/", "~0", "~").Replace(tok)
		next := n.Member(tok)
		if next == nil && n.Kind == Array {
			if i, err := strconv.Atoi(tok); err == nil && i >= 0 && i < len(n.Items) {
				next = n.Items[i]
			}
		}
		if next == nil {
			return nil, fmt.Errorf("there is no %s in %s", fragment, n.File.Name)
		}
		n = next
		if home := ix.homes[n]; home != nil {
			in = home
		}
	}
	if n.Kind != Object && n.Kind != Bool {
		return nil, fmt.Errorf("%s is no schema", fragment)
	}
	ix.add(n, in)
	return n, nil
}
