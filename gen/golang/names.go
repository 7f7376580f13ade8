package golang

// This file decides the Go name of everything the emitter writes, before the
// first line is written.

import (
	"errors"
	"fmt"
	"go/token"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
)

// lang is the key of model.Names that holds a name for Go.
const lang = "go"

// A NameError tells that two things have to have the same Go name, or that a
// name an author chose can't be one.
type NameError struct {
	Pos     string // where the thing stands, such as "order.yaml:12:5"
	Message string
}

func (e *NameError) Error() string { return e.Pos + ": " + e.Message }

// names holds the Go names of one package.
type names struct {
	service       string // the interface
	unimplemented string

	// types are the types that get a declaration, in the order they're
	// declared in.
	types []*model.Type

	typ       map[*model.Type]string
	alias     map[*model.Alias]string
	field     map[*model.Field]string
	orElse    map[*model.Field]string  // the accessor that knows the default
	branch    map[*model.Branch]string // not of null branches
	tried     map[*model.Branch]bool   // those that have to be tried
	boxed     map[*model.Field]bool    // see box
	consts    map[*model.Type][]string // of the values of an enum
	further   map[*model.Type]string   // the field that holds what an open struct isn't asked for
	other     map[*model.Type]string   // the field that holds what isn't an object
	rules     map[*model.Type]string   // the variable that holds Type.Rules
	pattern   map[string]string        // variables, by the pattern's source
	action    map[*model.Action]actionNames
	boxedItem map[tupleIndex]bool
	err       map[*model.Error]string

	pkg      scope
	problems []error
}

// actionNames are the names that belong to an action. Request and Response
// are type names, with the type they are an alias of, if they are.
type actionNames struct {
	method, variable        string
	request, response       string
	requestOf, responseOf   *model.Type
	aliasReq, aliasResponse bool
}

// A scope is a set of names that have to differ, with the place of each.
type scope map[string]string

// settle decides the names of everything in c. The error joins NameErrors.
func settle(c *model.Contract) (*names, error) {
	n := &names{
		typ: map[*model.Type]string{}, alias: map[*model.Alias]string{}, field: map[*model.Field]string{}, orElse: map[*model.Field]string{},
		branch: map[*model.Branch]string{}, tried: map[*model.Branch]bool{},
		boxed: map[*model.Field]bool{}, boxedItem: map[tupleIndex]bool{}, consts: map[*model.Type][]string{}, further: map[*model.Type]string{},
		other: map[*model.Type]string{}, rules: map[*model.Type]string{}, pattern: map[string]string{},
		action: map[*model.Action]actionNames{}, err: map[*model.Error]string{}, pkg: scope{},
	}
	n.collect(c)
	n.reserve(c)
	n.nameTypes(c)
	if c.Service != nil {
		n.nameService(c)
	}
	n.box()
	for i := 0; i < len(n.types); i++ { // naming branches adds types
		n.nameParts(n.types[i])
	}
	for _, t := range n.types {
		n.nameVariables(t, n.typ[t])
	}
	return n, errors.Join(n.problems...)
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
	seen := map[*model.Type]bool{}
	var visit func(t *model.Type)
	visit = func(t *model.Type) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		if named(t) {
			n.types = append(n.types, t)
		}
		for _, part := range parts(t) {
			visit(part)
		}
	}
	for _, t := range c.Types {
		if named(t) {
			seen[t] = true
			n.types = append(n.types, t)
		}
	}
	for _, t := range c.Types {
		for _, part := range parts(t) {
			visit(part)
		}
	}
	if c.Service == nil {
		return
	}
	for _, a := range c.Service.Actions {
		visit(a.Request)
		visit(a.Response)
	}
	visit(c.Service.Envelope)
}

// parts returns the types that t is made of.
func parts(t *model.Type) []*model.Type {
	list := append([]*model.Type{}, t.Prefix...)
	for _, f := range t.Fields {
		list = append(list, f.Type)
	}
	for _, b := range t.Branches {
		list = append(list, b.Type)
	}
	for _, part := range []*model.Type{t.Elem, t.Open} {
		if part != nil {
			list = append(list, part)
		}
	}
	return list
}

// reserve takes the names that every service's package declares.
func (n *names) reserve(c *model.Contract) {
	s := c.Service
	if s == nil {
		return
	}
	n.service = exported(s.Name)
	for _, t := range n.types {
		if t != s.Envelope && typeName(t) == n.service {
			n.service += "Service"
			break
		}
	}
	n.unimplemented = "Unimplemented" + n.service
	ours := []string{n.service, n.unimplemented, "Client", "NewClient", "Register"}
	if s.Envelope != nil {
		ours = append(ours, "Envelope", "EnvelopeOf")
	}
	for _, name := range ours {
		n.pkg[name] = "what every service has"
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
		n.alias[a] = n.choose(n.pkg, a.Type.Pos, exported(a.Words...))
	}
	// Definitions come before what's named after its owner, so that adding a
	// property can't rename a definition.
	for _, definitions := range []bool{true, false} {
		for _, t := range n.types {
			if n.typ[t] == "" && (len(t.Words) == 1) == definitions {
				name := typeName(t)
				n.typ[t] = n.choose(n.pkg, t.Pos, name, prefix+name)
			}
		}
	}
}

// typeName returns the name that t would like to have.
func typeName(t *model.Type) string {
	if forced := t.Names[lang]; forced != "" {
		return forced
	}
	return exported(t.Words...)
}

// nameService names what belongs to the actions and errors of the service.
func (n *names) nameService(c *model.Contract) {
	methods := scope{"WithEnvelope": "a method of every client"}
	at := func(a *model.Action) string { return c.Source + "#/actions/" + a.Name }
	forced := map[*model.Action]string{}
	for _, a := range c.Service.Actions {
		if name := a.Names[lang]; name != "" {
			forced[a] = n.force(methods, name, at(a))
		}
	}
	for _, a := range c.Service.Actions {
		an := actionNames{method: forced[a]}
		if an.method == "" {
			name := exported(a.Name)
			an.method = n.choose(methods, at(a), name, exported(spell(a.Name)...), name+"Action")
		}
		an.variable = n.choose(n.pkg, at(a), "Action"+an.method)
		an.requestOf, an.responseOf = a.Request, a.Response
		response := an.method + "Response"
		if a.Stream != nil {
			response = an.method + "Item"
		}
		an.request, an.aliasReq = n.body(a.Request, an.method+"Request", at(a))
		an.response, an.aliasResponse = n.body(a.Response, response, at(a))
		n.action[a] = an
	}
	for _, e := range c.Service.Errors {
		at := c.Source + "#/errors/" + e.Name
		if name := e.Names[lang]; name != "" {
			n.err[e] = n.force(n.pkg, name, at)
			continue
		}
		n.err[e] = n.choose(n.pkg, at, "Err"+strings.TrimPrefix(pascal(e.Name), "Err"))
	}
}

// body returns the name by which an action's signature speaks of t: want,
// which may have to be an alias, or t's own name if want is taken.
func (n *names) body(t *model.Type, want, pos string) (name string, alias bool) {
	own, ok := n.typ[t]
	if !ok {
		// A request or response has methods, so it's declared even if its type
		// could be written in place.
		n.types = append(n.types, t)
		n.typ[t] = n.choose(n.pkg, pos, want)
		return n.typ[t], false
	}
	if own == want {
		return own, false
	}
	if _, taken := n.pkg[want]; taken {
		return own, false
	}
	n.pkg[want] = pos
	return want, true
}

// nameParts names the fields, branches and constants of a named type.
func (n *names) nameParts(t *model.Type) {
	switch t.Kind {
	case model.Struct:
		n.nameFields(t)
	case model.Union:
		n.nameBranches(t)
	case model.Enum:
		n.nameConsts(t)
	}
}

// methodNames are the methods that every type has.
var methodNames = []string{"DecodeJSON", "AppendJSON", "UnmarshalJSON", "MarshalJSON", "Validate"}

func members() scope {
	s := scope{}
	for _, name := range methodNames {
		s[name] = "a method of every type"
	}
	return s
}

func (n *names) nameFields(t *model.Type) {
	members := members()
	at := func(f *model.Field) string { return f.Pos }
	for _, f := range t.Fields {
		if forced := f.Names[lang]; forced != "" {
			n.field[f] = n.force(members, forced, at(f))
		}
	}
	for _, f := range t.Fields {
		if n.field[f] == "" && held(f) {
			name := exported(f.Name)
			n.field[f] = n.choose(members, at(f), name, exported(spell(f.Name)...), n.typ[t]+name)
		}
	}
	for _, f := range t.Fields {
		if held(f) && defaultOf(n, f) != nil {
			n.orElse[f] = n.choose(members, at(f), n.field[f]+"OrDefault")
		}
	}
	if t.Open != nil {
		name := "Additional"
		if t.Open.Kind == model.Any {
			name = "Unknown"
		}
		n.further[t] = n.choose(members, t.Pos, name, name+"Properties")
	}
	if t.Loose {
		n.other[t] = n.choose(members, t.Pos, "Other", "OtherValue")
	}
}

func (n *names) nameBranches(t *model.Type) {
	members := members()
	for _, b := range t.Branches {
		if forced := b.Names[lang]; forced != "" {
			n.branch[b] = n.force(members, forced, b.Type.Pos)
		}
	}
	for i, b := range t.Branches {
		if n.branch[b] != "" || isNull(b.Type) {
			continue
		}
		name := exported(b.Words...)
		switch {
		case len(b.Words) > 0:
		case n.typ[b.Type] != "":
			name = n.typ[b.Type]
		default:
			name = "Branch" + strconv.Itoa(i+1)
		}
		n.branch[b] = n.choose(members, b.Type.Pos, name)
	}
	for _, b := range triedBranches(t) {
		n.nameTried(t, b)
	}
}

// nameTried notes that b has to be tried. For that its type needs methods, so
// it's declared even if it could be written in place.
func (n *names) nameTried(t *model.Type, b *model.Branch) {
	n.tried[b] = true
	switch {
	case b.Type.Import[lang] != "":
		n.problem(b.Type.Pos, "a branch with x-go-type has to be told apart by its JSON type or by a constant")
	case n.typ[b.Type] == "":
		n.types = append(n.types, b.Type)
		n.typ[b.Type] = n.choose(n.pkg, b.Type.Pos, n.typ[t]+n.branch[b])
	}
}

func (n *names) nameConsts(t *model.Type) {
	list := make([]string, len(t.Values))
	for i, v := range t.Values {
		if forced := v.Names[lang]; forced != "" {
			list[i] = n.force(n.pkg, forced, t.Pos)
		}
	}
	for i, v := range t.Values {
		if list[i] != "" {
			continue
		}
		words := v.Words
		if len(words) == 0 {
			words = []string{strings.Trim(v.JSON, `"`)}
		}
		spelled := spell(strings.Join(words, " "))
		candidates := []string{n.typ[t] + pascal(words...), n.typ[t] + pascal(spelled...)}
		if v.JSON[0] == '"' {
			candidates = append(candidates, n.typ[t]+"String"+pascal(words...)) // beside a number, say
		}
		list[i] = n.choose(n.pkg, t.Pos, candidates...)
	}
	n.consts[t] = list
}

// nameVariables names the patterns and rules of t and of what is in place
// inside of it; owner is made of the names that lead there.
func (n *names) nameVariables(t *model.Type, owner string) {
	if t.Rules != nil && n.rules[t] == "" {
		n.rules[t] = n.choose(n.pkg, t.Pos, unexported(owner)+"Rules")
	}
	if p := t.Checks.Pattern; p != nil && t.Kind == model.String && n.pattern[p.Source] == "" {
		n.pattern[p.Source] = n.choose(n.pkg, t.Pos, "re"+owner)
	}
	inside := func(part *model.Type, name string) {
		if part != nil && n.typ[part] == "" {
			n.nameVariables(part, owner+name)
		}
	}
	for _, f := range t.Fields {
		name := n.field[f]
		if name == "" {
			name = pascal(f.Name)
		}
		inside(f.Type, name)
	}
	for _, b := range t.Branches {
		inside(b.Type, n.branch[b])
	}
	for i, item := range t.Prefix {
		inside(item, "Item"+strconv.Itoa(i))
	}
	switch t.Kind {
	case model.List, model.Tuple:
		inside(t.Elem, "Item")
	case model.Map:
		inside(t.Elem, "Value")
	case model.Nullable:
		inside(t.Elem, "")
	case model.Struct:
		inside(t.Open, n.further[t])
	}
}

// force takes name, which an author asked for, and notes a problem if it
// can't be had.
func (n *names) force(s scope, name, pos string) string {
	switch where, taken := s[name]; {
	case !token.IsIdentifier(name) || !token.IsExported(name):
		n.problem(pos, "x-go-name %q isn't an exported Go identifier", name)
	case taken:
		n.problem(pos, "x-go-name %q is taken by %s", name, where)
	}
	s[name] = pos
	return name
}

// choose takes the first of the candidates that's free, and the first one
// with a number behind it if none is.
func (n *names) choose(s scope, pos string, candidates ...string) string {
	for _, name := range candidates {
		if _, taken := s[name]; !taken {
			s[name] = pos
			return name
		}
	}
	for i := 2; ; i++ {
		name := candidates[0] + strconv.Itoa(i)
		if _, taken := s[name]; !taken {
			s[name] = pos
			return name
		}
	}
}

func (n *names) problem(pos, format string, args ...any) {
	n.problems = append(n.problems, &NameError{Pos: pos, Message: fmt.Sprintf(format, args...)})
}
