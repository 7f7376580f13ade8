package schema

import "github.com/tpp-rpc/tpp/gen/model"

// service lowers a contract: its own keys, then the schemas in it. It returns
// the types that the contract begins with.
func (l *lowerer) service(c *model.Contract, f *File) []*model.Type {
	k := readContract(f.Root, l.problems)
	c.Service = k.service
	l.formats(f.Root.Member("formats"))
	for _, s := range k.slots {
		s.schema = l.inside(s.node, s.path)
	}
	var definitions []*model.Schema
	if defs := f.Root.Member("$defs"); defs != nil {
		for i := range defs.Members {
			m := &defs.Members[i]
			if m.Value.Kind == Object || m.Value.Kind == Bool {
				definitions = append(definitions, l.inside(m.Value, "/$defs/"+escapeToken(m.Name)))
			}
		}
	}
	l.finish()
	l.checkKeywords()
	l.checkSlips()
	k.look(l)
	if len(*l.problems) > 0 {
		return nil
	}
	for _, s := range k.slots {
		t := l.typeOf(s.schema, s.words)
		if l.pure(s.schema) == nil && !s.inner {
			t.Declared = true
		}
		s.set(t)
	}
	var roots []*model.Type
	if t := k.service.Envelope; t != nil {
		roots = append(roots, t)
	}
	for _, a := range k.service.Actions {
		roots = append(roots, a.Request, a.Response)
	}
	for _, s := range definitions {
		roots = append(roots, l.declared(s))
	}
	return roots
}

// formats decides whether format is a check in the contract's schemas.
func (l *lowerer) formats(n *Node) {
	if text, _ := n.Str(); text != "annotate" {
		l.options.AssertFormats = true
		return
	}
	l.options.AssertFormats = false
	for _, d := range l.dialects {
		d.assertFormat = false
	}
}

// inside returns the predicate that the schema n inside a contract is.
func (l *lowerer) inside(n *Node, path string) *model.Schema {
	l.add(n, nil)
	l.checkSchema(n)
	return l.schema(n, path)
}
