package golang

// This file decides the Go name of everything the emitter writes, before the
// first line is written.

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/words"
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
	secret    map[*model.Type]bool     // see holdsSecret
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
	file     string // the contract; "" for a plain schema
	problems gen.Problems
	collided map[[2]model.Pos]bool // the places of pairs that problems names
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
		action: map[*model.Action]actionNames{}, err: map[*model.Error]string{}, errData: map[*model.Error]errDataNames{}, pkg: scope{}, collided: map[[2]model.Pos]bool{},
	}
	if c.Service != nil {
		n.file = c.Pos.File
	}
	n.secret = c.Secrets()
	n.collect(c)
	n.rename(c)
	n.renameRest()
	n.carry(c)
	if c.Service != nil {
		n.nameMethods(c)
		if err := n.problems.Err(); err != nil {
			return n, err // requests and responses are named after actions
		}
		n.reserve(c)
	}
	n.nameTypes(c)
	if c.Service != nil {
		n.nameService(c)
	}
	n.box()
	n.nameConsts() // accessors of defaults refer to them
	for _, t := range n.types {
		if t.Kind == model.Struct {
			n.nameFields(t)
		}
	}
	n.nameUnions()
	n.nameVariables()
	return n, n.problems.Err()
}

// holdsSecret reports whether a value of one of the types may be a secret, or hold one.
func (n *names) holdsSecret(types ...*model.Type) bool {
	for _, t := range types {
		holds, known := n.secret[t]
		if holds || !known && model.HoldsSecret(t) {
			return true
		}
	}
	return false
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

// nameTypes names the types that have a declaration, and the aliases of the
// contract: definitions first, then what is named after its owner.
func (n *names) nameTypes(c *model.Contract) {
	if c.Service != nil && c.Service.Envelope != nil {
		n.typ[c.Service.Envelope] = "Envelope"
	}
	var claims []claim
	for _, t := range n.types {
		if n.typ[t] == "" && !n.carrier[t] && (t.Names[lang] != "" || len(t.Words) == 1) {
			d := n.definition(t)
			if c.Service == nil && t == c.Types[0] {
				d.rank = -1 // the document itself
			}
			claims = append(claims, d)
		}
	}
	for _, a := range c.Aliases {
		name := exported(a.Words...)
		claims = append(claims, claim{
			holder: holder{"the document", a.Pos}, names: []string{name, name + "Document"}, rank: -1,
			set: func(name string) { n.alias[a] = name },
		})
	}
	n.grant(n.pkg, claims)

	owners := map[string]*model.Type{}
	for _, t := range n.types {
		if len(t.Words) == 1 && t.Schema != nil && n.typ[t] != "" {
			owners[t.Schema.Pointer] = t
		}
	}
	claims = nil
	for _, t := range n.types {
		if n.typ[t] == "" && !n.carrier[t] {
			claims = append(claims, n.inside(t, owners))
		}
	}
	n.grant(n.pkg, claims)
}

// definition returns the claim of a type that has a name in its document.
func (n *names) definition(t *model.Type) claim {
	text := t.Words[len(t.Words)-1]
	what := fmt.Sprintf("definition %q", text)
	if len(t.Words) > 1 {
		what = n.schemaOf(t)
	}
	c := claim{
		holder: holder{what, t.Pos}, forced: t.Names[lang], key: orderOf(t, text),
		set: func(name string) { n.typ[t] = name },
	}
	if c.names = paths(text); c.names != nil {
		c.path = true
		return c
	}
	name := exported(text)
	c.names, c.rank = spellings("", text, name), distance(text, name)
	if t.Schema != nil {
		file, _, _ := strings.Cut(t.Schema.Pointer, "#")
		base := path.Base(file)
		c.names = append(c.names, exported(strings.TrimSuffix(base, path.Ext(base)), text))
	}
	return c
}

// inside returns the claim of a type that is named after what it stands in.
func (n *names) inside(t *model.Type, owners map[string]*model.Type) claim {
	name := ""
	switch owner := ownerOf(t, owners); {
	case n.renamed[t] != nil:
		name = exported(n.renamed[t]...)
	case owner != nil && owner.Words[0] == t.Words[0]:
		name = n.typ[owner] + pascal(t.Words[1:]...)
	default:
		name = exported(t.Words...)
		if list := paths(t.Words[0]); list != nil {
			name = list[0] + pascal(t.Words[1:]...)
		}
	}
	rank := len(t.Words)
	for _, text := range t.Words {
		rank += distance(text, pascal(text))
	}
	return claim{
		holder: holder{n.schemaOf(t), t.Pos}, names: []string{name, name + "Value"}, rank: rank, key: orderOf(t, strings.Join(t.Words, "/")),
		set: func(name string) { n.typ[t] = name },
	}
}

// ownerOf returns the definition that t stands in, or nil.
func ownerOf(t *model.Type, owners map[string]*model.Type) *model.Type {
	if t.Schema == nil {
		return nil
	}
	for at := t.Schema.Pointer; ; {
		i := strings.LastIndexByte(at, '/')
		if i < 0 {
			return nil
		}
		at = at[:i]
		if owner := owners[at]; owner != nil {
			return owner
		}
	}
}

// schemaOf returns how messages call the schema of t.
func (n *names) schemaOf(t *model.Type) string {
	return fmt.Sprintf("the schema of %q", strings.Join(t.Words, "."))
}

// orderOf returns what orders types: where their schema stands.
func orderOf(t *model.Type, text string) string {
	if t.Schema == nil {
		return text
	}
	return text + "\x00" + sortable(t.Schema.Pointer)
}

// paths returns the names that a text gives if it's a path, such as
// io.k8s.api.core.v1.Pod: its last part, then as much more as it needs to differ
// from others, at first without versions such as 2.6.0. It returns nil if text isn't
// a path.
func paths(text string) []string {
	all := words.Path(text)
	startsWithLetter := func(part string) bool {
		first, _ := utf8.DecodeRuneInString(part)
		return unicode.IsLetter(first)
	}
	plain := slices.DeleteFunc(slices.Clone(all), func(part string) bool { return !startsWithLetter(part) })
	var list []string
	for _, parts := range [][]string{plain, all} {
		for i := len(parts) - 1; i >= 0; i-- {
			if name := exported(parts[i:]...); startsWithLetter(parts[i]) && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
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
		words := t.Words
		switch {
		case t.Names[lang] != "":
			words = []string{t.Names[lang]}
		case n.renamed[t] != nil:
			words = n.renamed[t]
		}
		for _, b := range t.Branches {
			if isRest(t, b) && len(b.Type.Words) > 1 {
				n.renamed[b.Type] = append(words[:len(words):len(words)], rest)
			}
		}
	}
}
