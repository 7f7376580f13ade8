// Package validate judges JSON by a schema, for what generated decoders leave
// open: keywords such as not, if, oneOf and unevaluatedProperties that say
// something about a value without giving it a shape.
//
// Its schemas are JSON Schema 2020-12 in the canonical form that the generator
// prints, with all references resolved:
//
//   - "$ref" is "#/$defs/NAME", and $defs stands at the root.
//   - format, contentEncoding and contentMediaType are asserted wherever they
//     stand.
//   - type may be "strictInteger", for numbers spelled without fraction and
//     exponent.
//   - pattern and the names of patternProperties are in the syntax of Go's
//     regexp. What that can't express is {"ecma": "…"}, and
//     "x-patternProperties": [{"ecma": "…", "schema": …}], compiled by an Engine.
//   - "x-scope": {"ANCHOR": "#/$defs/NAME"} declares dynamic anchors.
//     "x-dynamicRef": "ANCHOR" beside $ref looks for one: the outermost scope
//     entered that has the anchor wins, $ref is where it leads otherwise.
//   - "x-containsUncounted": true leaves what contains matches unevaluated.
//
// Anything else is refused when the schema is compiled.
package validate

import (
	"context"
	"fmt"
	"sync"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A Matcher is a compiled pattern. One that may give up on a string also has a
// method Match, as that of a [codec.Pattern]; a document with such a string is refused,
// whatever the schema makes of the pattern.
type Matcher = interface{ MatchString(s string) bool }

// An Engine compiles the patterns that Go's regexp can't express.
type Engine = func(source string) (Matcher, error)

// A Schema judges documents. Any number of goroutines may use it at once.
type Schema struct {
	root func() *node
}

// Compile compiles a schema in the canonical form. At most one engine is used;
// without any, patterns marked ecma are errors.
func Compile(doc string, engines ...Engine) (*Schema, error) {
	root, err := compile(doc, engines)
	if err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	return &Schema{root: func() *node { return root }}, nil
}

// MustCompile is Compile at the first use of the schema, so that a program
// doesn't pay for schemas it never needs. What would be an error is a panic
// then.
func MustCompile(doc string, engines ...Engine) *Schema {
	return &Schema{root: sync.OnceValue(func() *node {
		root, err := compile(doc, engines)
		if err != nil {
			panic(fmt.Sprintf("validate: %v", err))
		}
		return root
	})}
}

// evaluations are kept for reuse, with the tables they grew.
var evaluations = sync.Pool{New: func() any { return new(evaluation) }}

// Check judges a document. The error is nil or a *[codec.Error] that tells the
// first thing wrong with it. Bytes that aren't JSON, and objects that have a
// name twice, are refused as well.
func (s *Schema) Check(doc []byte) error {
	e := evaluations.Get().(*evaluation)
	text := string(doc)
	e.own = *codec.NewDocument(context.Background(), text)
	return e.judge(s.root(), &e.own, text)
}

// CheckIn is Check for the value in data[from:to], which is a part of doc. What doc
// may take bounds it.
func (s *Schema) CheckIn(doc *codec.Document, data []byte, from, to int) error {
	if doc.Reread(to - from) {
		if e := remembering(doc, data); e != nil {
			if at := e.find(from, to); at >= 0 {
				return e.again(s.root(), at)
			}
		}
	}
	return evaluations.Get().(*evaluation).judge(s.root(), doc, string(data[from:to]))
}

// judge parses a text, judges it and gives e back for reuse.
func (e *evaluation) judge(root *node, doc *codec.Document, text string) error {
	e.doc = doc
	var problem *codec.Error
	if e.parse(text) {
		problem = e.run(root, 0)
	} else {
		problem = e.syntaxError()
	}
	e.release()
	if problem == nil {
		return nil
	}
	return problem
}

// remembering returns the evaluation of a whole document that serves one check after
// the other.
func remembering(doc *codec.Document, data []byte) *evaluation {
	e, ok := doc.Memory.(*evaluation)
	if !ok {
		e = &evaluation{doc: doc, remembers: true}
		e.parse(string(data)) // what comes before the first mistake is there in any case
		doc.Memory = e
	}
	return e
}

// again judges the value at a token of a document of which some may be judged already.
func (e *evaluation) again(root *node, at int) error {
	e.problem, e.constant, e.told, e.visits, e.scope = nil, false, 0, e.visits[:0], e.scope[:0]
	problem := e.run(root, at)
	if problem == nil {
		return nil
	}
	problem.Offset -= e.tokens[at].start
	return problem
}
