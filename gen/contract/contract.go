// Package contract reads everything in a contract but its schemas: the service, its
// actions, its errors and its envelope.
//
// It's a step of reading that knows documents only. Of each schema it notes where
// it stands, and for what place in the service its type is; the last step,
// gen/shape, puts the types there.
package contract

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keys"
	"github.com/tpp-rpc/tpp/gen/model"
)

// A Contract is everything in a document but its schemas.
type Contract struct {
	File *document.File

	// Service has everything but types. If nil, the document is a plain JSON
	// Schema.
	Service *model.Service

	// Documents are those that the contract brings with it, for references.
	Documents []*document.File

	// AnnotateFormats says that formats are annotations in every draft.
	AnnotateFormats bool

	// Slots are the places for types, and Definitions the schemas that have a
	// name of their own, both in the order of the document.
	Slots       []Slot
	Definitions []*document.Node

	// KeyFroms are the replies whose key a request decides.
	KeyFroms []KeyFrom
}

// A Slot is a schema in a document, and the place for its type.
type Slot struct {
	Node  *document.Node
	Words []string // what the name of the type is made of, if it gets one
	Place Place

	Action *model.Action // of Request and Response
	Error  *model.Error  // of ErrorData
	Field  *model.Field  // of EnvelopeKey
}

// Place is what the type of a Slot is for.
type Place int

const (
	Root        Place = iota // the whole document, which is a plain schema
	Request                  // what an action takes
	UploadItem               // one item of what its caller sends behind the request
	Response                 // what an action answers, or one item of its stream
	EnvelopeKey              // a key of the envelope
	ErrorData                // the data of an error
)

// A KeyFrom says that the result of an action sits under a key that is the value
// of a property of the request.
type KeyFrom struct {
	Property *document.Node // its name
	Request  *document.Node // the schema of the request; nil if it has none
}

// Roots returns the nodes of all schemas of the contract.
func (c *Contract) Roots() []*document.Node {
	var list []*document.Node
	for _, s := range c.Slots {
		list = append(list, s.Node)
	}
	return append(list, c.Definitions...)
}

// Read reads a contract. What is wrong with its own keys is added to problems. If the
// contract has an $id, that becomes the URI of f.
func Read(f *document.File, problems *gen.Problems) *Contract {
	r := &reader{
		Checker:  keys.Checker{Problems: problems, Synonyms: synonyms},
		contract: &Contract{File: f, Service: &model.Service{Pos: f.Root.Pos()}},
		errors:   map[string]*model.Error{},
	}
	switch root := f.Root; {
	case isPlain(root):
		problems.Add(root.Pos(), "this is a JSON Schema rather than a contract: give --types for the types in it")
	case root.Kind != document.Object:
		problems.Add(root.Pos(), "a contract is an object, not %s", root.Kind.One())
	default:
		r.read(root)
	}
	return r.contract
}

// isPlain reports whether a document is a JSON Schema, and has nothing of a
// contract.
func isPlain(root *document.Node) bool {
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

// Plain reads a plain JSON Schema as a contract without a service. The root's
// type is called root; if that's empty, it's called like the file, without .json
// or .schema.json.
func Plain(f *document.File, root string, problems *gen.Problems) *Contract {
	c := &Contract{File: f}
	n := f.Root
	if n.Member("tpp") != nil && n.Member("actions") != nil {
		problems.Add(n.Pos(), "this is a contract rather than a JSON Schema: leave out --types")
		return c
	}
	if !n.IsSchema() {
		problems.Add(n.Pos(), "a schema is an object or a boolean, not %s", n.Kind.One())
		return c
	}
	if root == "" {
		base := filepath.Base(f.Name)
		root = strings.TrimSuffix(strings.TrimSuffix(base, filepath.Ext(base)), ".schema")
	}
	c.Slots = []Slot{{Node: n, Words: []string{root}, Place: Root}}
	c.define(n.Member("definitions"))
	c.define(n.Member("$defs"))
	return c
}

// define adds the schemas among the members of n, which may be nil.
func (c *Contract) define(n *document.Node) {
	if n == nil {
		return
	}
	for i := range n.Members {
		if v := n.Members[i].Value; v.IsSchema() {
			c.Definitions = append(c.Definitions, v)
		}
	}
}

// definitions reads $defs.
func (r *reader) definitions(n *document.Node) {
	if !r.Object(n, "$defs") {
		return
	}
	for i := range n.Members {
		m := &n.Members[i]
		r.Schema(m.Value, fmt.Sprintf("definition %q", m.Name))
	}
	r.contract.define(n)
}
