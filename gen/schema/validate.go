package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// A Validator judges messages by the schemas of a contract, without code made
// from it. It isn't safe for several goroutines at once.
//
// It is lenient in one point: a pattern that Go's regular expressions can't
// express isn't looked at.
type Validator struct {
	uri      string // of the contract
	contract *Node
	compiler *jsonschema.Compiler
}

// NewValidator returns a Validator for the contract in a file. If anything is
// wrong with the contract, the error is of type Problems.
func NewValidator(name string, o Options) (*Validator, error) {
	f, probs, err := readFile(name, &o)
	if err != nil {
		return nil, err
	}
	l := newLowerer(f, &o, &probs)
	l.lower(f)
	if err := probs.err(); err != nil {
		return nil, err
	}
	for n := range l.homes {
		rewritePatterns(n)
	}
	v := &Validator{uri: f.URI, contract: f.Root, compiler: jsonschema.NewCompiler()}
	v.compiler.AssertFormat = o.AssertFormats
	v.compiler.AssertContent = o.AssertFormats
	v.compiler.LoadURL = func(uri string) (io.ReadCloser, error) {
		f, err := l.open(uri, nil)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(strings.NewReader(f.Root.JSON())), nil
	}
	return v, v.compiler.AddResource(v.uri, strings.NewReader(v.document()))
}

// rewritePatterns writes the patterns of the schema n as Go's regular
// expressions. One for which there is none no longer refuses anything.
func rewritePatterns(n *Node) {
	if n.Kind != Object {
		return
	}
	n.Members = slices.DeleteFunc(n.Members, func(m Member) bool {
		if m.Name != "pattern" || m.Value.Kind != String {
			return false
		}
		re2, ok, err := ecma.Translate(m.Value.Text)
		m.Value.Text = re2
		return !ok || err != nil
	})
	patterns := n.Member("patternProperties")
	if patterns == nil {
		return
	}
	for i := range patterns.Members {
		m := &patterns.Members[i]
		re2, ok, err := ecma.Translate(m.Name)
		if !ok || err != nil {
			re2, m.Value = "", &Node{Kind: Bool, Bool: true} // any name may be meant
		}
		m.Name = re2
	}
}

// document returns the contract as a JSON Schema document: without the keys
// that mean something else there.
func (v *Validator) document() string {
	doc := &Node{Kind: Object}
	for _, m := range v.contract.Members {
		if m.Name != "deprecated" && m.Name != "description" {
			doc.Members = append(doc.Members, m)
		}
	}
	return doc.JSON()
}

// Request judges the body of a request. An action without a schema for it takes
// any.
func (v *Validator) Request(action string, body []byte) error {
	return v.judge(body, "actions", action, "request")
}

// Response judges the result of a unary action or one item of a stream, taken
// from where it sits in the body.
func (v *Validator) Response(action string, result []byte) error {
	if v.contract.Member("actions").Member(action).Member("stream") != nil {
		return v.judge(result, "actions", action, "stream", "item")
	}
	return v.judge(result, "actions", action, "response")
}

// EnvelopeKey judges the value of one key of the envelope. The contract must
// have such a key.
func (v *Validator) EnvelopeKey(name string, value []byte) error {
	return v.judge(value, "envelope", name, "schema")
}

// judge validates a document by the schema at a path of the contract; if there
// is none, everything is valid.
func (v *Validator) judge(doc []byte, path ...string) error {
	n, pointer := v.contract, ""
	for _, tok := range path {
		n = n.Member(tok)
		pointer += "/" + url.PathEscape(escapeToken(tok))
	}
	if n == nil {
		return nil
	}
	s, err := v.compiler.Compile(v.uri + "#" + pointer)
	if err != nil {
		return fmt.Errorf("schema %s: %w", pointer, err)
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	var invalid *jsonschema.ValidationError
	if err := s.Validate(value); errors.As(err, &invalid) {
		return invalidError(invalid)
	} else if err != nil {
		return err
	}
	return nil
}

// invalidError says what is wrong with a document, in one line for each place.
func invalidError(invalid *jsonschema.ValidationError) error {
	var lines []string
	for _, leaf := range nearest(invalid) {
		line := message(leaf)
		if leaf.InstanceLocation != "" {
			line = "at " + leaf.InstanceLocation + ": " + line
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines) // they come in no order
	return errors.New(strings.Join(lines, "\n"))
}

// message returns what e says, in better words where there are any.
func message(e *jsonschema.ValidationError) string {
	switch {
	case strings.HasSuffix(e.KeywordLocation, "/not"):
		return "fits what the contract excludes by not"
	case strings.HasSuffix(e.KeywordLocation, "/pattern"):
		return strings.ReplaceAll(e.Message, `\\`, `\`) // as it stands in the contract
	}
	return e.Message
}

// nearest returns the leaves of e that help a reader: where a value fits none of
// several branches, those of the branch that it comes closest to.
func nearest(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var list []*jsonschema.ValidationError
	for _, c := range e.Causes {
		list = append(list, nearest(c)...)
	}
	if !strings.HasSuffix(e.KeywordLocation, "/oneOf") && !strings.HasSuffix(e.KeywordLocation, "/anyOf") {
		return list
	}
	var best []*jsonschema.ValidationError
	for _, c := range e.Causes {
		if leaves := nearest(c); best == nil || closer(leaves, best) {
			best = leaves
		}
	}
	return best
}

// closer reports whether a value is nearer to a branch that says a against it
// than to one that says b: nothing is wrong with a constant or a type there,
// by which branches are told apart, or else less is wrong.
func closer(a, b []*jsonschema.ValidationError) bool {
	if x, y := tellsApart(a), tellsApart(b); x != y {
		return y
	}
	return len(a) < len(b)
}

func tellsApart(leaves []*jsonschema.ValidationError) bool {
	return slices.ContainsFunc(leaves, func(e *jsonschema.ValidationError) bool {
		return strings.HasSuffix(e.KeywordLocation, "/const") || strings.HasSuffix(e.KeywordLocation, "/type")
	})
}
