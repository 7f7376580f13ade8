package model

import "iter"

// A Part is a type inside another. Which of its fields are set tells what it is
// there; Type always is.
type Part struct {
	Type   *Type
	Field  *Field  // what a property holds
	Branch *Branch // a branch of a Union
	Elem   bool    // Type.Elem: what a List, Map or Nullable holds, the rest of a Tuple
	Group  *Group  // what properties with certain names hold
	Open   bool    // Type.Open: what further properties hold
	Index  int     // if none of these is set: which of the leading items of a Tuple it is
}

// Parts returns the types that t is made of: items, fields, groups and branches in their
// order, then Elem and Open. A type may be among its own parts.
func (t *Type) Parts() iter.Seq[Part] {
	return func(yield func(Part) bool) {
		for i, item := range t.Prefix {
			if !yield(Part{Type: item, Index: i}) {
				return
			}
		}
		for _, f := range t.Fields {
			if !yield(Part{Type: f.Type, Field: f}) {
				return
			}
		}
		for _, g := range t.Groups {
			if !yield(Part{Type: g.Type, Group: g}) {
				return
			}
		}
		for _, b := range t.Branches {
			if !yield(Part{Type: b.Type, Branch: b}) {
				return
			}
		}
		if t.Elem != nil && !yield(Part{Type: t.Elem, Elem: true}) {
			return
		}
		if t.Open != nil {
			yield(Part{Type: t.Open, Open: true})
		}
	}
}

// Walk returns the types and all that they are made of, each once, a type before
// its parts. Nil types are left out. Break out of the loop to stop.
func Walk(types ...*Type) iter.Seq[*Type] {
	return func(yield func(*Type) bool) {
		seen := map[*Type]bool{nil: true}
		for _, t := range types {
			if !walk(t, seen, yield) {
				return
			}
		}
	}
}

func walk(t *Type, seen map[*Type]bool, yield func(*Type) bool) bool {
	if seen[t] {
		return true
	}
	seen[t] = true
	if !yield(t) {
		return false
	}
	for part := range t.Parts() {
		if !walk(part.Type, seen, yield) {
			return false
		}
	}
	return true
}

// Walk returns all types of the contract, each once: those of Contract.Types in
// their order, then what they are made of, then what only the service leads to.
func (c *Contract) Walk() iter.Seq[*Type] {
	return func(yield func(*Type) bool) {
		seen := map[*Type]bool{nil: true}
		for _, t := range c.Types {
			if seen[t] {
				continue
			}
			seen[t] = true
			if !yield(t) {
				return
			}
		}
		roots := []*Type{}
		for _, t := range c.Types {
			for part := range t.Parts() {
				roots = append(roots, part.Type)
			}
		}
		if s := c.Service; s != nil {
			for _, a := range s.Actions {
				roots = append(roots, a.Types()...)
			}
			for _, e := range s.Errors {
				roots = append(roots, e.Data)
			}
			roots = append(roots, s.Envelope)
		}
		for _, t := range roots {
			if !walk(t, seen, yield) {
				return
			}
		}
	}
}

// HoldsSecret reports whether a value of one of the types may be a secret, or
// hold one.
func HoldsSecret(types ...*Type) bool {
	for t := range Walk(types...) {
		if t.Secret {
			return true
		}
		for _, f := range t.Fields {
			if f.Secret {
				return true
			}
		}
	}
	return false
}

// Secrets returns for each type of the contract whether a value of it may be a secret, or
// hold one. It takes one walk, where HoldsSecret takes one for each type.
func (c *Contract) Secrets() map[*Type]bool {
	secrets := map[*Type]bool{}
	owners := map[*Type][]*Type{} // of which a type is a part
	var found []*Type
	for t := range c.Walk() {
		secrets[t] = t.Secret
		for part := range t.Parts() {
			owners[part.Type] = append(owners[part.Type], t)
			secrets[t] = secrets[t] || part.Field != nil && part.Field.Secret
		}
		if secrets[t] {
			found = append(found, t)
		}
	}
	for len(found) > 0 {
		t := found[len(found)-1]
		found = found[:len(found)-1]
		for _, owner := range owners[t] {
			if !secrets[owner] {
				secrets[owner] = true
				found = append(found, owner)
			}
		}
	}
	return secrets
}
