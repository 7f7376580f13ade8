// Package shape gives predicates their types, and so makes the model of a
// contract.
//
// It's the last step of reading, and it knows the model only: no documents, no
// drafts. For each type it keeps one promise: decoding the type accepts a value
// if and only if the predicate does. It finds a representation first, moves the
// keywords that straight-line code can check into the type, and leaves the rest
// in Rules.
package shape

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/contract"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/predicate"
)

// A shaper makes the types of one contract.
type shaper struct {
	graph *predicate.Graph

	// In a contract, numbers are 64 bits wide, and formats have types of their own
	// unless they're annotations.
	contract bool
	formats  bool
	options  Options

	root   *model.Schema // what a plain schema's document says; nil in a contract
	called []string      // what the name of root's type is made of

	types  map[*model.Schema]*model.Type
	joined map[*model.Schema][]*model.Schema // see both
}

// Options are what a user decides about types beside the schemas.
type Options struct {
	Int64 bool // integers of a plain schema have 64 bits, whatever their bounds allow
}

// Contract makes the model of a contract in which nothing is wrong.
func Contract(c *contract.Contract, graph *predicate.Graph, o Options) *model.Contract {
	sh := &shaper{
		graph:    graph,
		contract: c.Service != nil,
		formats:  !c.AnnotateFormats,
		options:  o,
		types:    map[*model.Schema]*model.Type{},
		joined:   map[*model.Schema][]*model.Schema{},
	}
	m := &model.Contract{Source: printable(filepath.Base(c.File.Name)), Pos: c.File.Root.Pos(), Service: c.Service}
	for _, s := range c.Slots {
		if s.Place == contract.Root {
			sh.root, sh.called = graph.At(s.Node), s.Words
			sh.document(m)
		} else {
			sh.fillSlot(s)
		}
	}
	roots := slices.Clone(m.Types)
	if s := c.Service; s != nil {
		roots = append(roots, s.Envelope)
		for _, a := range s.Actions {
			roots = append(roots, a.Types()...)
		}
		for _, e := range s.Errors {
			if e.Data != nil {
				roots = append(roots, e.Data)
			}
		}
	}
	for _, n := range c.Definitions {
		roots = append(roots, sh.declared(graph.At(n)))
	}
	declareLoops(roots)
	m.Types = declarations(roots)
	return m
}

// printable returns a file's name with what isn't printable in it escaped, such as the end
// of a line: it gets into comments and messages.
func printable(name string) string {
	if !strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return name
	}
	quoted := strconv.Quote(name)
	return quoted[1 : len(quoted)-1]
}

// document makes the type of a plain schema's document.
func (sh *shaper) document(m *model.Contract) {
	root := sh.typeOf(sh.root, sh.called)
	if !slices.Equal(root.Words, sh.called) && root.Kind == model.Nullable {
		own := *root
		own.Words = sh.called
		root = &own
	}
	if !slices.Equal(root.Words, sh.called) {
		m.Aliases = append(m.Aliases, &model.Alias{Words: sh.called, Pos: m.Pos, Type: root})
	}
	root.Declared = true
	m.Types = []*model.Type{root}
}

// fillSlot makes the type of a slot, and puts it where it belongs.
func (sh *shaper) fillSlot(slot contract.Slot) {
	s := sh.graph.At(slot.Node)
	t := sh.typeOf(s, slot.Words)
	if slot.Place != contract.EnvelopeKey && sh.graph.Target(s) == nil {
		t.Declared = true
	}
	switch slot.Place {
	case contract.Request:
		slot.Action.Request = t
	case contract.Response:
		slot.Action.Response = t
	case contract.UploadItem:
		slot.Action.Upload = t
	case contract.ErrorData:
		slot.Error.Data = t
	case contract.EnvelopeKey:
		f, own := slot.Field, slot.Field.Notes
		f.Type = t
		if s.Notes != nil {
			f.Notes = *s.Notes
		}
		f.Secret = f.Secret || t.Secret
		f.Names = own.Names
		if own.Description != "" {
			f.Description = own.Description
		}
		if f.Required {
			f.Default = ""
		}
	}
}

// hasName reports whether t gets a name of its own.
func hasName(t *model.Type) bool {
	switch t.Kind {
	case model.Struct, model.Union, model.Enum, model.Tuple:
		return true
	}
	return t.Declared
}

// declareLoops gives a name to the types that would contain themselves without
// one: a list of such lists can only be written down by its name.
func declareLoops(roots []*model.Type) {
	depth := map[*model.Type]int{} // of those on the path, from 1; -1 for those behind us
	var path []*model.Type
	var visit func(t *model.Type)
	visit = func(t *model.Type) {
		if t == nil || depth[t] < 0 {
			return
		}
		if at := depth[t]; at > 0 {
			if !slices.ContainsFunc(path[at-1:], hasName) {
				t.Declared = true
			}
			return
		}
		path = append(path, t)
		depth[t] = len(path)
		for part := range t.Parts() {
			visit(part.Type)
		}
		path = path[:len(path)-1]
		depth[t] = -1
	}
	for _, t := range roots {
		visit(t)
	}
}

// declarations returns the types that get a name, in the order in which a reader
// meets them.
func declarations(roots []*model.Type) []*model.Type {
	var list []*model.Type
	for t := range model.Walk(roots...) {
		t.Declared = hasName(t)
		if t.Declared {
			list = append(list, t)
		}
	}
	return list
}
