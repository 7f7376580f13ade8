// Package schema finds the JSON Schemas that a contract consists of.
//
// This step of reading walks the schemas that it's given, notes their names (ids and
// anchors) and their drafts, follows their references through files, and validates all
// of them against the metaschemas of their drafts. No other package uses the jsonschema
// library. The next step, gen/predicate, reads what the schemas say.
package schema

import (
	"iter"
	"net/url"
	"slices"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
)

// Options say how to find schemas. With the zero value they refer to nothing but
// files near them, and formats are checks in the drafts that say so.
type Options struct {
	// Dialect is the URI of the metaschema of documents without $schema. If
	// empty, it's DefaultDialect.
	Dialect string

	// Refs tell where the documents behind remote references are. Nothing is
	// ever fetched from the network.
	Refs []Ref

	// AssertFormats makes format, contentEncoding and contentMediaType checks in
	// the drafts in which they are annotations.
	AssertFormats bool

	// IgnoreFormats makes format an annotation in every draft.
	IgnoreFormats bool

	// Documents are those that the contract brings with it, by their URIs.
	Documents []*document.File

	// Sealed says that nothing is read but Documents and the metaschemas of the drafts:
	// the contract comes from a peer, which must not make this side read files.
	Sealed bool
}

// A Ref maps the URIs that begin with Prefix to the files of a folder.
type Ref struct {
	Prefix string
	Dir    string
}

// A Set is the schemas of a contract, those that they refer to included.
type Set struct {
	// Schemas are all that were found, wherever schemas are looked for, in no
	// order that means anything.
	Schemas []*Schema

	of map[*document.Node]*Schema

	documents map[string]*document.File // that references lead to, by the URIs that they were asked for
	dialect   string                    // of Options
}

// Of returns the schema that stands at n, or nil if there is none.
func (s *Set) Of(n *document.Node) *Schema { return s.of[n] }

// A Schema is a node that is a schema, and what has to be known to read it.
type Schema struct {
	Node     *document.Node
	Path     string // the JSON pointer from the root of its file, such as /$defs/Item
	Resource *Resource

	// Refs are the schemas that the references in Node lead to, by keyword. One
	// that leads nowhere isn't there.
	Refs map[string]*Schema

	// Authored says that the schema is a part of the contract, in any file, and so has been
	// checked. Definitions that no reference leads to can be parts, metaschemas of the
	// drafts can't.
	Authored bool

	reached bool
}

// A Resource is a schema with a URI, and what belongs to it alone.
type Resource struct {
	Dialect *Dialect

	uri       *url.URL
	root      *document.Node
	anchors   map[string]*Schema
	dynamic   []string // the names among anchors that are dynamic, in order
	recursive bool     // $recursiveAnchor
}

// An Anchor is a name for a schema that references look for in the dynamic scope.
type Anchor struct {
	Name   string // "" for $recursiveAnchor
	Schema *Schema
}

// Find returns the schemas that stand at the nodes in roots and all that these
// lead to. The nodes are parts of file. What is wrong is added to problems.
func Find(file *document.File, roots []*document.Node, o Options, problems *gen.Problems) *Set {
	f := newFinder(file, o, problems)
	for _, n := range roots {
		f.add(n, nil) // all of them: a reference may name an anchor in a later one
	}
	for _, n := range roots {
		f.reach(n)
	}
	f.check(slices.Concat(roots, f.targets))
	return f.set
}

// Draft returns the draft that the schema is written in.
func (s *Schema) Draft() keyword.Draft { return s.Resource.Dialect.Draft }

// Keyword returns the row of one of the schema's members. It returns nil if that
// is no keyword of the schema's dialect, or stands next to a $ref that makes it
// meaningless.
func (s *Schema) Keyword(m *document.Member) *keyword.Keyword {
	k := keyword.Lookup(m.Name, s.Draft())
	if k == nil || !s.Resource.Dialect.Has(k.Vocabulary) || s.RefAlone() && k.Name != "$ref" {
		return nil
	}
	return k
}

// RefAlone reports whether the schema has a $ref that makes its other keywords
// meaningless, as it did before 2019-09.
func (s *Schema) RefAlone() bool {
	_, isRef := s.Node.Member("$ref").Str()
	return isRef && s.Draft() < keyword.Draft2019
}

// IsResource reports whether a resource begins with the schema.
func (s *Schema) IsResource() bool { return s.Resource.root == s.Node }

// Scope returns the dynamic anchors of a resource, in order.
func (r *Resource) Scope(set *Set) []Anchor {
	var list []Anchor
	for _, name := range r.dynamic {
		list = append(list, Anchor{name, r.anchors[name]})
	}
	if r.recursive {
		list = append(list, Anchor{"", set.Of(r.root)})
	}
	return list
}

// Recursive reports whether a $recursiveRef to the resource depends on the
// dynamic scope.
func (r *Resource) Recursive() bool { return r.recursive }

// held returns the nodes of the schemas in a keyword's value.
func held(k *keyword.Keyword, value *document.Node) iter.Seq[*document.Node] {
	return func(yield func(*document.Node) bool) {
		list := value.Kind == document.Array
		switch {
		case k.Holds == keyword.Schema, k.Holds == keyword.Items && !list:
			yield(value)
		case k.Holds == keyword.SchemaList, k.Holds == keyword.Items:
			for _, item := range value.Items {
				if !yield(item) {
					return
				}
			}
		case k.Holds == keyword.SchemaMap, k.Holds == keyword.PatternMap, k.Holds == keyword.Dependencies:
			for i := range value.Members {
				v := value.Members[i].Value
				if k.Holds == keyword.Dependencies && v.Kind == document.Array {
					continue // names
				}
				if !yield(v) {
					return
				}
			}
		}
	}
}
