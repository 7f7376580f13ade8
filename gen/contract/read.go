package contract

// This file reads the keys of a contract as a whole.

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keys"
	"github.com/tpp-rpc/tpp/gen/model"
)

// A reader makes one Contract.
type reader struct {
	keys.Checker
	contract *Contract
	errors   map[string]*model.Error
}

// synonyms are what authors who know other languages may write, and what the
// contract language calls it.
var synonyms = map[string]string{
	"definitions": "$defs", "components": "$defs", "types": "$defs",
	"name": "service", "methods": "actions", "procedures": "actions",
	"summary": "description", "doc": "description", "title": "description",
	"params": "request", "parameters": "request", "body": "request", "input": "request",
	"result": "response", "returns": "response", "output": "response", "throws": "errors",
}

func (r *reader) read(root *document.Node) {
	r.Keys(root, "a contract", "tpp", "service", "version", "description", "deprecated", "$schema",
		"formats", "envelope", "errors", "actions", "$defs", "$id", "documents")
	r.language(root)
	r.documents(root)
	r.about(root)
	r.declareErrors(root.Member("errors"))
	r.envelope(root.Member("envelope"))
	r.actions(root)
	r.definitions(root.Member("$defs"))
}

// language reads the version of the contract language.
func (r *reader) language(root *document.Node) {
	n := root.Member("tpp")
	if n == nil {
		if r.Lacks(root, "tpp") {
			r.Problems.Add(root.Pos(), `the contract has no key "tpp": add tpp: "1", the version of the contract language`)
		}
		return
	}
	if text, ok := r.Text(n, "tpp"); ok && text != "1" {
		r.Problems.Add(n.Pos(), `version %q of the contract language isn't known here: write tpp: "1"`, text)
	}
}

var serviceName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// about reads what is said of the service as a whole.
func (r *reader) about(root *document.Node) {
	s := r.contract.Service
	switch n := root.Member("service"); {
	case n == nil && !r.Lacks(root, "service"):
	case n == nil:
		r.Problems.Add(root.Pos(), `the contract has no key "service": add the name of the service`)
	default:
		var ok bool
		s.Pos = n.Pos()
		if s.Name, ok = r.Text(n, "service"); ok && !serviceName.MatchString(s.Name) {
			r.Problems.Add(n.Pos(), "service %q can't name a package: begin with a letter, then letters, digits, - and _", s.Name)
		}
	}
	s.Version, _ = r.Text(root.Member("version"), "version")
	s.Description = r.description(root)
	s.Deprecated = r.deprecation(root)
	r.Text(root.Member("$schema"), "$schema")
	formats, _ := r.OneOf(root.Member("formats"), "formats", "assert", "annotate")
	r.contract.AnnotateFormats = formats == "annotate"
}

// documents reads the contract's URI, and the documents that it brings with it. They
// are what references to these URIs lead to.
func (r *reader) documents(root *document.Node) {
	file := r.contract.File
	base, err := url.Parse(file.URI)
	if err != nil {
		base = new(url.URL)
	}
	if n := root.Member("$id"); n != nil {
		if id, ok := r.Text(n, "$id"); ok {
			if u, err := base.Parse(id); err != nil || u.Fragment != "" {
				r.Problems.Add(n.Pos(), "$id %q isn't a URI without a fragment", id)
			} else {
				base, file.URI = u, u.String()
			}
		}
	}
	n := root.Member("documents")
	if !r.Object(n, "documents") {
		return
	}
	for i := range n.Members {
		m := &n.Members[i]
		u, err := base.Parse(m.Name)
		if err != nil || u.Fragment != "" || u.String() == file.URI {
			r.Problems.Add(m.Key.Pos(), "%q isn't the URI of another document", m.Name)
			continue
		}
		r.contract.Documents = append(r.contract.Documents, document.Embedded(u.String(), m.Value))
	}
}

// description returns the description in n.
func (r *reader) description(n *document.Node) string {
	text, _ := r.Text(n.Member("description"), "description")
	return strings.TrimSpace(text)
}

// deprecation returns why n is deprecated, or "" if it isn't.
func (r *reader) deprecation(n *document.Node) string {
	d := n.Member("deprecated")
	switch {
	case d == nil:
		return ""
	case d.Kind == document.String:
		reason, _ := r.NonEmpty(d, "deprecated")
		return reason
	case !d.True():
		r.Problems.Add(d.Pos(), "deprecated must be the reason, or true; leave it out for what isn't")
		return ""
	}
	return "it may go away."
}

// goName returns the name for Go in n, or nil.
func (r *reader) goName(n *document.Node) model.Names {
	at := n.Member("x-go-name")
	if at == nil {
		return nil
	}
	r.Exported(at, "x-go-name")
	name, ok := at.Str()
	if !ok {
		return nil
	}
	return model.Names{"go": name}
}

// slot adds a place for the type of the schema at n.
func (r *reader) slot(n *document.Node, what string, s Slot) {
	if r.Schema(n, what) {
		s.Node = n
		r.contract.Slots = append(r.contract.Slots, s)
	}
}
