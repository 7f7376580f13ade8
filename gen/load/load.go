// Package load reads contracts and plain JSON Schema files into models. It runs the
// steps of reading, each of which is a package.
package load

import (
	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/contract"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/mistake"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/predicate"
	"github.com/tpp-rpc/tpp/gen/schema"
	"github.com/tpp-rpc/tpp/gen/shape"
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

	// AssertFormats makes format, contentEncoding and contentMediaType checks in
	// the drafts in which they are annotations. It has no effect on a contract, which
	// says this itself.
	AssertFormats bool

	// Dialect is the URI of the metaschema of documents without $schema. If
	// empty, it's schema.DefaultDialect.
	Dialect string

	// Refs tell where the documents behind remote references are. Nothing is
	// ever fetched from the network.
	Refs []schema.Ref

	// Int64 makes every integer an int64 unless its bounds need a uint64. Decoding refuses
	// larger values. If false, integers whose bounds allow more than 64 bits are kept as
	// text. It has no effect on a contract, whose integers always have 64 bits.
	Int64 bool

	// Validator checks the defaults in a contract against their schemas. If nil, they
	// aren't checked.
	Validator gen.Validator

	sealed bool // see Bundled
}

// maxContract is how many values a contract may hold, which bounds the time that it takes
// to check it. Files that it refers to and plain schemas may hold more.
const maxContract = 25_000

// Contract reads the contract in a file. If anything is wrong with it, the error is of
// type gen.Problems and has everything that is wrong. If the file can't be opened, it's
// another error.
func Contract(name string, o Options) (*model.Contract, error) {
	var problems gen.Problems
	file, err := document.Read(name, &problems)
	if err != nil {
		return nil, err
	}
	return read(file, o, problems)
}

// read makes the model of a document, of which problems may be known already.
func read(file *document.File, o Options, problems gen.Problems) (*model.Contract, error) {
	if n := file.Root.Size(); !o.Types && n > maxContract {
		problems.Add(file.Root.Pos(), "the contract holds %d values, more than %d: move schemas to other files, and refer to them", n, maxContract)
		return nil, problems.Err()
	}
	keys := o.keys(file, &problems)
	set := schema.Find(file, keys.Roots(), o.schemas(keys), &problems)
	graph := predicate.Read(set, keys.Roots(), keys.Definitions, &problems)
	mistake.Find(keys, set, graph, o.Validator, &problems)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	m := shape.Contract(keys, graph, shape.Options{Int64: o.Int64})
	if !graph.Endless {
		overlaps(m, o.Validator, &problems)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if m.Service != nil {
		m.Document = set.Bundle(file).Pretty()
	}
	return m, nil
}

// Bundled reads a contract from JSON text, such as the Document of a model. It reads no
// files and ignores Refs. Messages use name as the name of the file. If anything is wrong
// with it, the error is of type gen.Problems.
func Bundled(name, text string, o Options) (*model.Contract, error) {
	var problems gen.Problems
	file := document.ParseJSON(name, []byte(text), &problems)
	if file.Root == nil {
		return nil, problems.Err()
	}
	file.URI = "bundle:///contract.json"
	o.sealed = true
	return read(file, o, problems)
}

// keys reads everything in a document but its schemas.
func (o Options) keys(file *document.File, problems *gen.Problems) *contract.Contract {
	if o.Types {
		return contract.Plain(file, o.Root, problems)
	}
	return contract.Read(file, problems)
}

// schemas returns how to find the schemas of a contract.
func (o Options) schemas(c *contract.Contract) schema.Options {
	s := schema.Options{
		Dialect: o.Dialect, Refs: o.Refs, AssertFormats: o.AssertFormats,
		Documents: c.Documents, Sealed: o.sealed,
	}
	if c.Service != nil {
		s.AssertFormats, s.IgnoreFormats = !c.AnnotateFormats, c.AnnotateFormats
	}
	return s
}
