package schema

// This file validates schemas against the metaschemas of their drafts.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
)

// check validates the schemas at some nodes, and those in them, against the
// metaschemas of their drafts, and adds what is wrong.
func (f *finder) check(nodes []*document.Node) {
	c := checker{f, map[*document.Node]bool{}}
	for _, n := range nodes {
		c.check(n)
	}
	for _, s := range f.set.Schemas {
		s.Authored = c.checked[s.Node] && s.Node.Kind == document.Object && !f.published[s.Node.File]
	}
}

// A checker validates schemas against metaschemas.
type checker struct {
	finder  *finder
	checked map[*document.Node]bool // what needn't be checked again
}

func (c *checker) check(n *document.Node) {
	if c.checked[n] {
		return
	}
	d := c.finder.set.of[n].Draft()
	var embedded []*document.Node
	v := value{draft: d, leaveOut: func(in *document.Node) bool {
		c.checked[in] = true
		s := c.finder.set.of[in]
		if in == n || s == nil || s.Draft() == d {
			c.exponents(s)
			return false
		}
		embedded = append(embedded, in) // it's of another draft
		delete(c.checked, in)
		return true
	}}
	doc := v.of(n, asSchema)
	for _, in := range embedded {
		c.check(in)
	}
	err := validate(metaschemaOf(d), doc)
	var invalid *jsonschema.ValidationError
	switch {
	case err == nil:
		return
	case !errors.As(err, &invalid):
		c.finder.problems.Add(n.Pos(), "the schema can't be checked: %v", err)
		return
	}
	reasons := map[*document.Node][]string{}
	var order []*document.Node
	for _, leaf := range leaves(invalid) {
		if strings.HasSuffix(leaf.KeywordLocation, "/format") {
			continue // such as a $schema that is no absolute URI: another check reports it
		}
		at := follow(n, leaf.InstanceLocation)
		why := reason(at, leaf, d)
		if why == "" || slices.Contains(reasons[at], why) {
			continue
		}
		if reasons[at] == nil {
			order = append(order, at)
		}
		reasons[at] = append(reasons[at], why)
	}
	for _, at := range order {
		c.finder.problems.Add(at.Pos(), "%s", strings.Join(reasons[at], ", "))
	}
}

// validate validates a value. It returns an error if the library panics.
func validate(s *jsonschema.Schema, value any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the validator panics: %v", r)
		}
	}()
	return s.Validate(value)
}

// exponents reports the numbers of a schema that its metaschema has a rule for, and
// whose exponents are too large to validate. A nil schema has none.
func (c *checker) exponents(s *Schema) {
	if s == nil {
		return
	}
	for i := range s.Node.Members {
		m := &s.Node.Members[i]
		if m.Value.Kind != document.Number || s.Keyword(m) == nil {
			continue
		}
		switch m.Name {
		case "const", "default", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
			continue // any number will do
		}
		if !expands(m.Value.Text) {
			c.finder.problems.Add(m.Value.Pos(), "%s %s is out of range: an exponent must be between -1000000 and 1000000", m.Name, m.Value.Text)
		}
	}
}

// compiled holds the compiled metaschemas.
var compiled sync.Map // of *jsonschema.Schema, by keyword.Draft

// metaschemaOf returns the compiled metaschema of a draft. It's safe for
// concurrent use.
func metaschemaOf(d keyword.Draft) *jsonschema.Schema {
	if s, ok := compiled.Load(d); ok {
		return s.(*jsonschema.Schema)
	}
	for uri, draft := range draftURIs {
		if draft == d {
			s, _ := compiled.LoadOrStore(d, jsonschema.MustCompile(uri))
			return s.(*jsonschema.Schema)
		}
	}
	panic(fmt.Sprintf("schema: no metaschema for %v", d))
}

// leaves returns the errors that an error comes from. If a value may be one of two kinds,
// such as a schema or a list, and something inside it is wrong, leaves omits the error that
// it isn't of the other kind.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	inside := func(leaf *jsonschema.ValidationError) bool { return leaf.InstanceLocation != e.InstanceLocation }
	var list []*jsonschema.ValidationError
	for _, c := range e.Causes {
		list = append(list, leaves(c)...)
	}
	if strings.HasSuffix(e.KeywordLocation, "/anyOf") && slices.ContainsFunc(list, inside) {
		list = slices.DeleteFunc(list, func(leaf *jsonschema.ValidationError) bool { return !inside(leaf) })
	}
	return list
}
