package schema

// This file puts a contract and the documents that it refers to into one.

import (
	"maps"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/document"
)

// Bundle returns the contract in file as one document, which means the same
// wherever it's read: documents that its schemas lead to stand under its key
// documents, by the URIs that the references resolve to. Of their definitions,
// those that nothing leads to are left out. Metaschemas of the drafts aren't among
// them. The result shares nodes with the file.
func (s *Set) Bundle(file *document.File) *document.Node {
	b := bundler{set: s, file: file}
	root := *file.Root
	root.Members = slices.DeleteFunc(slices.Clone(root.Members), func(m document.Member) bool {
		return m.Name == "$id" || m.Name == "documents"
	})
	b.declare(&root)
	if len(s.documents) == 0 {
		return &root
	}
	id, names := b.names()
	documents := &document.Node{Kind: document.Object, File: file}
	for _, uri := range slices.Sorted(maps.Keys(s.documents)) {
		documents.Members = append(documents.Members, b.member(names[uri], b.document(s.documents[uri].Root)))
	}
	root.Members = append(root.Members, b.member("$id", b.text(id)), b.member("documents", documents))
	return &root
}

// A bundler makes one bundle.
type bundler struct {
	set  *Set
	file *document.File
}

func (b *bundler) member(name string, value *document.Node) document.Member {
	return document.Member{Name: name, Key: *b.text(name), Value: value}
}

func (b *bundler) text(s string) *document.Node {
	return &document.Node{Kind: document.String, File: b.file, Text: s}
}

// declare adds the dialect to a document that has none, if an option says it. Beside a
// reference, it would have no meaning in the drafts before 2019-09.
func (b *bundler) declare(root *document.Node) {
	if b.set.dialect != "" && root.Kind == document.Object && root.Member("$schema") == nil && root.Member("$ref") == nil {
		root.Members = append([]document.Member{b.member("$schema", b.text(b.set.dialect))}, root.Members...)
	}
}

// names returns the URI that the contract gets, and those of the documents as
// seen from there. Files stand to each other as they do on disk, but where they are
// there is in no name.
func (b *bundler) names() (id string, names map[string]string) {
	names = map[string]string{}
	own, err := url.Parse(b.file.URI)
	if err != nil {
		own = new(url.URL)
	}
	folder := path.Dir(own.Path)
	paths := map[string]string{}
	for uri := range b.set.documents {
		names[uri] = uri
		if u, err := url.Parse(uri); err == nil && u.Scheme == own.Scheme && u.Host == own.Host {
			paths[uri] = u.Path
			for !within(folder, u.Path) {
				folder = path.Dir(folder)
			}
		}
	}
	for uri, p := range paths {
		rel, err := filepath.Rel(path.Dir(own.Path), p) // of paths with slashes
		if err == nil {
			names[uri] = (&url.URL{Path: filepath.ToSlash(rel)}).String()
		}
	}
	if own.Scheme == bundleScheme {
		return b.file.URI, names
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(own.Path, folder), "/")
	return (&url.URL{Scheme: bundleScheme, Path: "/" + rest}).String(), names
}

// bundleScheme is the scheme of the URIs of bundled contracts.
const bundleScheme = "bundle"

// within reports whether a path is below a folder.
func within(folder, p string) bool {
	return folder == "/" || folder == "." || strings.HasPrefix(p, folder+"/")
}

// document returns the root of a document without the definitions that nothing leads to.
func (b *bundler) document(root *document.Node) *document.Node {
	if root.Kind != document.Object {
		return root
	}
	short := *root
	short.Members = nil
	for _, m := range root.Members {
		if m.Name == "$defs" || m.Name == "definitions" {
			defs := *m.Value
			defs.Members = slices.DeleteFunc(slices.Clone(defs.Members), func(m document.Member) bool { return !b.reached(m.Value) })
			if len(defs.Members) == 0 && len(m.Value.Members) > 0 {
				continue
			}
			m.Value = &defs
		}
		short.Members = append(short.Members, m)
	}
	b.declare(&short)
	return &short
}

// reached reports whether a schema in n is led to.
func (b *bundler) reached(n *document.Node) bool {
	if s := b.set.of[n]; s != nil && s.reached {
		return true
	}
	for _, m := range n.Members {
		if b.reached(m.Value) {
			return true
		}
	}
	return slices.ContainsFunc(n.Items, b.reached)
}
