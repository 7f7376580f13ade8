package schema

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/model"
)

// A contract is the part of a contract document that isn't schemas: the
// service, without the types of what is said.
type contract struct {
	*keyChecker
	service *model.Service
	slots   []*slot
	errors  map[string]*model.Error
}

// A slot is a schema in a contract, and where its type goes.
type slot struct {
	node   *Node
	path   string        // JSON pointer of node
	schema *model.Schema // what node says, once that is known
	words  []string      // what the type's name is made of, if it gets one
	inner  bool          // it's a property of a type rather than one of its own
	set    func(*model.Type)
}

// readContract reads the contract document root and notes all that is wrong
// with its keys. Its schemas are in the slots: whoever reads them sets their
// schema and calls look, and gives each slot its type in the end.
func readContract(root *Node, problems *gen.Problems) *contract {
	c := &contract{
		keyChecker: &keyChecker{problems: problems},
		service:    &model.Service{},
		errors:     map[string]*model.Error{},
	}
	if root.Kind != Object {
		c.problems.Add(root.Pos(), "a contract is an object, not %s %s", article(root.Kind), root.Kind)
		return c
	}
	c.keys(root, "a contract", "tpp", "service", "version", "description", "deprecated", "$schema",
		"formats", "envelope", "errors", "actions", "$defs")
	c.language(root)
	c.about(root)
	c.definitions(root.Member("$defs"))
	c.declareErrors(root.Member("errors"))
	c.envelope(root.Member("envelope"))
	c.actions(root)
	return c
}

// language reads the version of the contract language.
func (c *contract) language(root *Node) {
	n := root.Member("tpp")
	if n == nil {
		if !c.lacks(root, "tpp") {
			return
		}
		c.problems.Add(root.Pos(), `the contract has no key "tpp": add tpp: "1", the version of the contract language`)
		return
	}
	if text, ok := c.text(n, "tpp"); ok && text != "1" {
		c.problems.Add(n.Pos(), `version %q of the contract language isn't known here: write tpp: "1"`, text)
	}
}

var serviceName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// about reads what is said of the service as a whole.
func (c *contract) about(root *Node) {
	s := c.service
	s.Pos = root.Pos()
	switch n := root.Member("service"); {
	case n == nil && !c.lacks(root, "service"):
	case n == nil:
		c.problems.Add(root.Pos(), `the contract has no key "service": add the name of the service`)
	default:
		var ok bool
		s.Pos = n.Pos()
		if s.Name, ok = c.text(n, "service"); ok && !serviceName.MatchString(s.Name) {
			c.problems.Add(n.Pos(), "service %q can't name a package: begin with a letter, then letters, digits, - and _", s.Name)
		}
	}
	s.Version, _ = c.text(root.Member("version"), "version")
	s.Doc = c.description(root)
	s.Deprecated = c.deprecation(root)
	c.text(root.Member("$schema"), "$schema")
	c.oneOf(root.Member("formats"), "formats", "assert", "annotate")
}

// definitions checks that $defs holds schemas.
func (c *contract) definitions(n *Node) {
	if !c.object(n, "$defs") {
		return
	}
	for i := range n.Members {
		m := &n.Members[i]
		c.isSchema(m.Value, fmt.Sprintf("definition %q", m.Name))
	}
}

var errorName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// declareErrors reads the table of errors.
func (c *contract) declareErrors(n *Node) {
	if !c.object(n, "errors") {
		return
	}
	names := namesakes{what: "errors"}
	for i := range n.Members {
		m := &n.Members[i]
		if c.errors[m.Name] != nil {
			continue // the reader of the file has told
		}
		if !errorName.MatchString(m.Name) {
			c.problems.Add(m.Key.Pos(), "error name %q must begin with a letter and have letters, digits and _ only", m.Name)
		}
		e := c.declareError(m)
		names.add(c.problems, m, e.Names)
		c.errors[m.Name] = e
		c.distinct(m, e)
		c.service.Errors = append(c.service.Errors, e)
	}
}

func (c *contract) declareError(m *Member) *model.Error {
	what := fmt.Sprintf("error %q", m.Name)
	e := &model.Error{Name: m.Name, Pos: m.Key.Pos()}
	if !c.object(m.Value, what) {
		return e
	}
	c.keys(m.Value, what, "code", "description", "match", "x-go-name")
	e.Doc = c.description(m.Value)
	e.Names = c.goName(m.Value)
	e.Code = c.code(m, what)
	if n := m.Value.Member("match"); n != nil {
		e.Match, _ = c.nonEmpty(n, "match")
		if _, err := regexp.Compile(e.Match); err != nil {
			reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
			c.problems.Add(n.Pos(), "match isn't a regular expression: %s", reason)
		}
	}
	return e
}

// code reads the code of an error, a number from 1 on.
func (c *contract) code(m *Member, what string) int {
	n := m.Value.Member("code")
	if n == nil {
		if c.lacks(m.Value, "code") {
			c.problems.Add(m.Key.Pos(), "%s has no code: add the number that the response carries", what)
		}
		return 0
	}
	if n.Kind != Number {
		c.wrongKind(n, "code", Number)
		return 0
	}
	f, err := strconv.ParseFloat(n.Text, 64)
	if err != nil || f != math.Trunc(f) || f < 1 || f > math.MaxInt32 {
		c.problems.Add(n.Pos(), "code %s must be a whole number from 1 to %d: 0 is success", n.Text, math.MaxInt32)
		return 0
	}
	return int(f)
}

// distinct notes if callers can't tell e from an error before it.
func (c *contract) distinct(m *Member, e *model.Error) {
	for _, other := range c.service.Errors {
		if e.Code == 0 || other.Code != e.Code || other.Match != e.Match {
			continue
		}
		c.problems.Add(m.Key.Pos(), "errors %q and %q can't be told apart, since both are code %d: give each a match of its own",
			other.Name, e.Name, e.Code)
		return
	}
}

// reserved are the envelope's keys that belong to the protocol.
var reserved = []string{"token", "action", "body", "code", "id", "timeout", "cancel", "more", "goaway"}

// envelope reads the keys of a request beside token, action and body.
func (c *contract) envelope(n *Node) {
	if !c.object(n, "envelope") || len(n.Members) == 0 {
		return
	}
	t := &model.Type{
		Kind: model.Struct, Declared: true,
		Words: []string{"envelope"},
		Doc:   "The keys that a request carries beside its token, action and body.",
		Pos:   n.Pos(),
		Open:  &model.Type{Kind: model.Any, Pos: n.Pos()},
	}
	c.service.Envelope = t
	for i := range n.Members {
		m := &n.Members[i]
		switch {
		case m.Name == "":
			c.problems.Add(m.Key.Pos(), "an envelope key needs a name")
		case slices.Contains(reserved, m.Name):
			c.problems.Add(m.Key.Pos(), "envelope key %q belongs to the protocol: use another name", m.Name)
		}
		t.Fields = append(t.Fields, c.envelopeKey(m))
	}
}

func (c *contract) envelopeKey(m *Member) *model.Field {
	what := fmt.Sprintf("envelope key %q", m.Name)
	f := &model.Field{Name: m.Name, Pos: m.Key.Pos()}
	if !c.object(m.Value, what) {
		return f
	}
	c.keys(m.Value, what, "schema", "required", "description", "x-go-name")
	f.Doc = c.description(m.Value)
	f.Names = c.goName(m.Value)
	f.Required = c.boolean(m.Value.Member("required"), "required")
	n := m.Value.Member("schema")
	if n == nil {
		if c.lacks(m.Value, "schema") {
			c.problems.Add(m.Key.Pos(), "%s has no schema: add one, such as {type: string}", what)
		}
		return f
	}
	path := "/envelope/" + escapeToken(m.Name) + "/schema"
	c.slot(n, what, &slot{path: path, words: []string{"envelope", m.Name}, inner: true, set: func(t *model.Type) {
		f.Type = t
		f.Secret = t.Secret || secret(n)
		f.Deprecated = deprecated(n)
		if f.Doc == "" {
			f.Doc = doc(n)
		}
		if d := n.Member("default"); d != nil && !f.Required {
			f.Default = d.JSON()
		}
	}})
	return f
}

// slot notes that s waits for the type of the schema n.
func (c *contract) slot(n *Node, what string, s *slot) {
	if c.isSchema(n, what) {
		s.node = n
		c.slots = append(c.slots, s)
	}
}

// errorNames returns the names of the errors there are, sorted.
func (c *contract) errorNames() []string {
	return slices.Sorted(maps.Keys(c.errors))
}
