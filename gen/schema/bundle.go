package schema

// This file makes one document of a contract and the documents that it refers to.

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/model"
)

// Bundle returns the contract in file as one document, which means the same
// wherever it's read: documents that its schemas lead to stand under its key
// documents, by the URIs that the references resolve to. Of their definitions,
// those that nothing leads to are left out. Metaschemas of the drafts aren't among
// them.
func (s *Set) Bundle(file *document.File) *document.Node {
	b := bundler{set: s, file: file, named: map[model.Pos]int{}}
	root := *b.once(file.Root, false)
	root.Members = slices.DeleteFunc(root.Members, func(m document.Member) bool {
		return m.Name == "$id" || m.Name == "documents"
	})
	b.declare(&root)
	if len(s.documents) == 0 {
		return &root
	}
	id, names := b.names()
	documents := &document.Node{Kind: document.Object, File: file}
	for _, uri := range slices.Sorted(maps.Keys(s.documents)) {
		read := s.documents[uri].Root
		clear(b.named) // the same file may have two URIs
		documents.Members = append(documents.Members, b.member(names[uri], b.document(b.once(read, false), read)))
	}
	root.Members = append(root.Members, b.member("$id", b.text(id)), b.member("documents", documents))
	return &root
}

// A bundler makes one bundle.
type bundler struct {
	set   *Set
	file  *document.File
	named map[model.Pos]int // how often the schemas with names have been met in a document
}

// once returns n, in which aliases of YAML may repeat schemas, so that each name stands
// once: a repeated anchor goes, and a repeated URI gets a query, which changes nothing for
// the references in the schema. Renamed says that n is inside such a schema, where anchors
// stay.
func (b *bundler) once(n *document.Node, renamed bool) *document.Node {
	same := *n
	if s := b.set.of[n]; s != nil && n.Kind == document.Object {
		same.Members, renamed = b.rename(s, renamed)
	} else {
		same.Members = slices.Clone(n.Members)
	}
	for i := range same.Members {
		same.Members[i].Value = b.once(same.Members[i].Value, renamed)
	}
	same.Items = slices.Clone(n.Items)
	for i, item := range same.Items {
		same.Items[i] = b.once(item, renamed)
	}
	return &same
}

// rename returns the members of a schema with names that no schema before has, and
// whether its URI is a new one.
func (b *bundler) rename(s *Schema, renamed bool) ([]document.Member, bool) {
	var list []document.Member
	first, isNamed := true, false
	for _, m := range s.Node.Members {
		id := m.Name == s.Draft().ID()
		if m.Value.Kind != document.String || !id && m.Name != "$anchor" && m.Name != "$dynamicAnchor" {
			list = append(list, m)
			continue
		}
		if !isNamed {
			isNamed = true
			b.named[s.Node.Pos()]++
			first = b.named[s.Node.Pos()] == 1
		}
		switch {
		case first:
		case id && !strings.HasPrefix(m.Value.Text, "#"):
			m.Value = b.text(fmt.Sprintf("%s?%d", m.Value.Text, b.named[s.Node.Pos()]))
			renamed = true
		case !renamed:
			continue
		}
		list = append(list, m)
	}
	return list, renamed
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

// names returns the URI that the contract gets, and those of the documents as seen from
// there. The names keep the files' places relative to each other, and don't show where they
// are on disk.
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

// document returns root, a copy of the root of a document that was read, without the
// definitions that nothing leads to.
func (b *bundler) document(root, read *document.Node) *document.Node {
	if root.Kind != document.Object {
		return root
	}
	root.Members = slices.DeleteFunc(root.Members, func(m document.Member) bool {
		if m.Name != "$defs" && m.Name != "definitions" || m.Value.Kind != document.Object {
			return false
		}
		all := read.Member(m.Name)
		m.Value.Members = slices.DeleteFunc(m.Value.Members, func(def document.Member) bool { return !b.reached(all.Member(def.Name)) })
		return len(m.Value.Members) == 0 && len(all.Members) > 0
	})
	b.declare(root)
	return root
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
