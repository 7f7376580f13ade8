package schema

// This file follows references.

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
)

// reach follows the references in the schema at n and in those that it applies,
// and returns the schema.
func (f *finder) reach(n *document.Node) *Schema {
	f.add(n, nil) // in case n isn't where schemas are looked for
	s := f.set.of[n]
	if s.reached {
		return s
	}
	s.reached = true
	if n.Kind != document.Object {
		return s
	}
	if s.IsResource() {
		f.scope(s.Resource)
	}
	for i := range n.Members {
		m := &n.Members[i]
		k := s.Keyword(m)
		switch {
		case k == nil, k.Name == "then" || k.Name == "else", k.Name == "additionalItems":
		case k.Holds == keyword.Reference:
			f.follow(s, k.Name, m.Value)
		case k.Place != keyword.Elsewhere:
			f.inside(k, m.Value)
		}
	}
	if s.RefAlone() {
		return s
	}
	// Some keywords have a meaning only next to others.
	if n.Member("if").IsSchema() {
		f.beside(s, "then", "else")
	}
	if items := n.Member("items"); items != nil && items.Kind == document.Array {
		f.beside(s, "additionalItems")
	}
	return s
}

// beside reaches the schemas in some keywords of s.
func (f *finder) beside(s *Schema, names ...string) {
	for i := range s.Node.Members {
		m := &s.Node.Members[i]
		for _, name := range names {
			if k := s.Keyword(m); m.Name == name && k != nil {
				f.inside(k, m.Value)
			}
		}
	}
}

// inside reaches the schemas in the value of a keyword.
func (f *finder) inside(k *keyword.Keyword, value *document.Node) {
	for n := range held(k, value) {
		if n.IsSchema() {
			f.reach(n)
		}
	}
}

// scope reaches the dynamic anchors of a resource: a dynamic reference in it may lead
// to them.
func (f *finder) scope(r *Resource) {
	for _, a := range r.Scope(f.set) {
		f.reach(a.Schema.Node)
	}
}

// follow notes the schema that a reference in s leads to.
func (f *finder) follow(s *Schema, keyword string, at *document.Node) {
	ref, ok := at.Str()
	if !ok {
		return
	}
	target, err := f.resolve(ref, s.Resource, s.Node.File)
	if err != nil {
		f.problems.Add(at.Pos(), "%s %q: %v", keyword, ref, err)
		return
	}
	if target == target.File.Root && target.Member("tpp") != nil {
		f.problems.Add(at.Pos(), "%s %q leads to a contract, which is no schema: refer to one of its $defs", keyword, ref)
		return
	}
	f.targets = append(f.targets, target)
	if s.Refs == nil {
		s.Refs = map[string]*Schema{}
	}
	s.Refs[keyword] = f.reach(target)
	if r := s.Refs[keyword].Resource; r != s.Resource {
		f.scope(r)
	}
}

// resolve returns the schema that a reference found in a resource points to.
func (f *finder) resolve(ref string, in *Resource, from *document.File) (*document.Node, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return nil, errors.New("isn't a URI reference")
	}
	target := in.uri.ResolveReference(u)
	fragment := target.Fragment
	target.Fragment, target.RawFragment = "", ""
	r := in
	if base := *in.uri; target.String() != withoutFragment(base) {
		if r, err = f.resource(target.String(), u, from); err != nil {
			return nil, err
		}
	}
	switch {
	case fragment == "":
		f.add(r.root, r)
		return r.root, nil
	case fragment[0] == '/':
		return f.pointer(fragment, r)
	}
	if s := r.anchors[fragment]; s != nil {
		return s.Node, nil
	}
	return nil, fmt.Errorf("there is no anchor %q in %s", fragment, r.root.File.Name)
}

func withoutFragment(u url.URL) string {
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// resource returns the resource with a URI, and reads its file if need be.
func (f *finder) resource(uri string, ref *url.URL, from *document.File) (*Resource, error) {
	if r := f.resources[uri]; r != nil {
		return r, nil
	}
	if r := f.resources[trimFragment(uri)]; r != nil {
		return r, nil
	}
	file, err := f.open(uri, siblingOf(from, ref))
	if err != nil {
		return nil, err
	}
	if r := f.resources[uri]; r != nil {
		return r, nil
	}
	f.add(file.Root, nil)
	return f.set.of[file.Root].Resource, nil
}

// siblingOf returns the path of a relative reference beside the file that
// holds it. Many schemas carry an id from where nothing is to be fetched, and
// refer to the files beside them.
func siblingOf(from *document.File, ref *url.URL) []string {
	if from == nil || ref.IsAbs() || ref.Host != "" || ref.Path == "" || strings.HasPrefix(ref.Path, "/") {
		return nil
	}
	return []string{filepath.Join(filepath.Dir(from.Name), filepath.FromSlash(ref.Path))}
}

// pointer follows a JSON pointer from the root of a resource. What it finds
// needn't stand where schemas are looked for.
func (f *finder) pointer(fragment string, r *Resource) (*document.Node, error) {
	n := r.root
	f.add(n, r)
	in := r
	for _, token := range strings.Split(fragment[1:], "/") {
		next := n.Child(token)
		if next == nil {
			return nil, fmt.Errorf("there is no %s in %s", fragment, n.File.Name)
		}
		n = next
		if s := f.set.of[n]; s != nil {
			in = s.Resource
		}
	}
	if !n.IsSchema() {
		return nil, fmt.Errorf("%s is no schema", fragment)
	}
	f.add(n, in)
	return n, nil
}
