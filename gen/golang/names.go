package golang

// This file decides the Go name of everything the emitter writes, before the
// first line is written.

import (
	"slices"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/model"
)

// lang is the key of model.Names that holds a name for Go.
const lang = "go"

// names holds the Go names of one package.
type names struct {
	service       string // the interface
	unimplemented string

	// types are the types that get a declaration, in the order they're
	// declared in.
	types []*model.Type

	renamed   map[*model.Type][]string // see rename
	typ       map[*model.Type]string
	alias     map[*model.Alias]string
	field     map[*model.Field]string
	orElse    map[*model.Field]string  // the accessor that knows the default
	branch    map[*model.Branch]string // not of null branches
	tried     map[*model.Branch]bool   // those that have to be tried
	carrier   map[*model.Type]bool     // those that decode what signatures give in place
	kind      map[*model.Type]string   // the type of a union's kinds
	kinds     map[*model.Branch]string // the constant of a branch, also of a null one
	build     map[*model.Branch]string // the constructor of a branch
	boxed     map[*model.Field]bool    // see box
	consts    map[*model.Type][]string // of the values of an enum
	group     map[*model.Group]string  // the field that holds the properties of a group
	further   map[*model.Type]string   // the field that holds what an open struct isn't asked for
	other     map[*model.Type]string   // the field that holds what isn't an object
	rules     map[*model.Type]string   // the variable that holds Type.Rules
	pattern   map[string]string        // variables, by the pattern's source
	action    map[*model.Action]actionNames
	boxedItem map[tupleIndex]bool
	err       map[*model.Error]string
	errData   map[*model.Error]errDataNames

	pkg      scope
	problems gen.Problems
}

// settle decides the names of everything in c. The error is of type
// gen.Problems.
func settle(c *model.Contract) (*names, error) {
	n := &names{
		renamed: map[*model.Type][]string{},
		typ:     map[*model.Type]string{}, alias: map[*model.Alias]string{}, field: map[*model.Field]string{}, orElse: map[*model.Field]string{},
		branch: map[*model.Branch]string{}, tried: map[*model.Branch]bool{},
		carrier: map[*model.Type]bool{}, kind: map[*model.Type]string{}, kinds: map[*model.Branch]string{}, build: map[*model.Branch]string{},
		boxed: map[*model.Field]bool{}, boxedItem: map[tupleIndex]bool{}, consts: map[*model.Type][]string{}, group: map[*model.Group]string{}, further: map[*model.Type]string{},
		other: map[*model.Type]string{}, rules: map[*model.Type]string{}, pattern: map[string]string{},
		action: map[*model.Action]actionNames{}, err: map[*model.Error]string{}, errData: map[*model.Error]errDataNames{}, pkg: scope{},
	}
	n.collect(c)
	n.rename(c)
	n.renameRest()
	n.carry(c)
	n.reserve(c)
	n.nameTypes(c)
	if c.Service != nil {
		n.nameService(c)
	}
	n.box()
	for _, t := range n.types {
		if t.Kind == model.Enum && t.Import[lang] == "" {
			n.nameConsts(t) // accessors of defaults refer to them
		}
	}
	for i := 0; i < len(n.types); i++ { // naming branches adds types
		n.nameParts(n.types[i])
	}
	for _, t := range n.types {
		n.nameVariables(t, n.typ[t])
	}
	return n, n.problems.Err()
}

// named tells whether t has a declaration of its own in Go.
func named(t *model.Type) bool {
	if t.Import[lang] != "" {
		return false
	}
	switch t.Kind {
	case model.Struct, model.Union, model.Enum, model.Tuple:
		return true
	}
	return t.Declared
}

// collect lists the types that get a declaration: those of the contract, then
// those that only what is listed leads to.
func (n *names) collect(c *model.Contract) {
	for t := range c.Walk() {
		if named(t) {
			n.types = append(n.types, t)
		}
	}
}

func (n *names) nameTypes(c *model.Contract) {
	prefix := ""
	if c.Service != nil {
		prefix = exported(c.Service.Name)
		if e := c.Service.Envelope; e != nil {
			n.typ[e] = "Envelope"
		}
	}
	for _, t := range n.types {
		if forced := t.Names[lang]; forced != "" && n.typ[t] == "" {
			n.typ[t] = n.force(n.pkg, forced, t.Pos)
		}
	}
	for _, a := range c.Aliases {
		n.alias[a] = n.choose(n.pkg, a.Pos, exported(a.Words...))
	}
	// Definitions come before what's named after its owner, so that adding a
	// property can't rename a definition.
	for _, definitions := range []bool{true, false} {
		for _, t := range n.types {
			if n.typ[t] == "" && !n.carrier[t] && (len(t.Words) == 1) == definitions {
				name := n.typeName(t)
				other := prefix + name
				if !definitions {
					other = name + "Value" // it's inside of what has the name
				}
				n.typ[t] = n.choose(n.pkg, t.Pos, name, other)
			}
		}
	}
}

// rename makes the types of an action follow the name that its author chose for
// Go, which their words don't know.
func (n *names) rename(c *model.Contract) {
	if c.Service == nil {
		return
	}
	for _, a := range c.Service.Actions {
		name := a.Names[lang]
		if name == "" {
			continue
		}
		for _, part := range a.Types() {
			if len(part.Words) < 2 || part.Words[0] != a.Name {
				continue // it has a name of its own
			}
			for t := range model.Walk(part) {
				if len(t.Words) >= 2 && slices.Equal(t.Words[:2], part.Words[:2]) {
					n.renamed[t] = slices.Concat([]string{name}, t.Words[1:])
				}
			}
		}
	}
}

// renameRest makes the types of branches that hold what the others of their union
// don't know be called so.
func (n *names) renameRest() {
	for _, t := range n.types {
		for _, b := range t.Branches {
			if isRest(t, b) && len(b.Type.Words) > 1 {
				n.renamed[b.Type] = []string{n.typeName(t), rest}
			}
		}
	}
}

// typeName returns the name that t would like to have.
func (n *names) typeName(t *model.Type) string {
	if forced := t.Names[lang]; forced != "" {
		return forced
	}
	if words := n.renamed[t]; words != nil {
		return exported(words...)
	}
	return exported(t.Words...)
}
