// Package sample makes JSON documents that fit the types of a contract: the
// skeleton of a request to fill in, or an example for a page. It knows the model
// only, and the same type gives the same bytes.
package sample

import (
	"slices"
	"strconv"

	"github.com/tpp-rpc/tpp/gen/model"
)

// Options say what a document holds. The zero value asks for the shortest one.
type Options struct {
	// All adds the optional properties, and an item to each list that may be
	// empty.
	All bool

	// Fits reports whether a schema accepts a document. If it refuses the
	// shortest document, such as where one of several optional properties must
	// be there, Document tries the one with all. If nil, nothing is checked.
	Fits func(doc []byte) bool
}

// Document returns a document that t accepts, as far as its shape and checks
// tell: placeholders for what is required, and defaults where there are any.
// What only an evaluator can decide (Type.Rules) may still refuse it.
func Document(t *model.Type, o Options) []byte {
	doc := document(t, o.All)
	if o.Fits == nil || o.Fits(doc) {
		return doc
	}
	if full := document(t, true); o.Fits(full) {
		return full
	}
	return doc
}

func document(t *model.Type, all bool) []byte {
	w := writer{all: all}
	return w.append(nil, t)
}

// A writer writes one document.
type writer struct {
	all  bool
	path []*model.Type // the arrays and objects that are being written
}

// append writes a value of t. An array or object that must hold one like itself has no
// document: null takes the place of the inner one, and of all that would make the document
// too long.
func (w *writer) append(b []byte, t *model.Type) []byte {
	switch t.Kind {
	case model.List, model.Tuple, model.Map, model.Struct:
		if len(b) > longest || slices.Contains(w.path, t) {
			return append(b, "null"...)
		}
		w.path = append(w.path, t)
		defer func() { w.path = w.path[:len(w.path)-1] }()
	}
	switch t.Kind {
	case model.Bool:
		return append(b, "false"...)
	case model.Int, model.Uint, model.Integer, model.Float, model.Number:
		return append(b, number(&t.Checks, t.Kind == model.Float || t.Kind == model.Number)...)
	case model.String:
		return append(b, model.Quote(text(&t.Checks))...)
	case model.Bytes:
		return append(b, `""`...)
	case model.DateTime:
		return append(b, model.Quote(formats["date-time"])...)
	case model.Addr:
		return append(b, model.Quote(formats[t.Checks.Format])...)
	case model.Enum, model.Const:
		return append(b, t.Values[0].JSON...)
	case model.List:
		return w.list(b, t)
	case model.Tuple:
		return w.tuple(b, t)
	case model.Map, model.Struct:
		return w.object(b, t)
	case model.Union:
		return w.append(b, w.branch(t))
	case model.Nullable:
		if w.all && !slices.Contains(w.path, t.Elem) {
			return w.append(b, t.Elem)
		}
	}
	return append(b, "null"...)
}

// branch returns the first branch of a union that isn't being written already.
func (w *writer) branch(t *model.Type) *model.Type {
	branches := slices.Clone(t.Branches)
	if t.Select != nil && t.Select.Has != "" {
		slices.Reverse(branches) // the first is for values with a property that may be optional there
	}
	for _, b := range branches {
		if !slices.Contains(w.path, b.Type) {
			return b.Type
		}
	}
	return t.Branches[0].Type
}

func (w *writer) list(b []byte, t *model.Type) []byte {
	n := least(t.Checks.MinItems)
	if n == 0 && w.all && !slices.Contains(w.path, t.Elem) {
		n = 1
	}
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = w.append(b, t.Elem)
	}
	return append(b, ']')
}

func (w *writer) tuple(b []byte, t *model.Type) []byte {
	n := least(t.Checks.MinItems)
	if w.all {
		n = max(n, len(t.Prefix))
	}
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case i < len(t.Prefix):
			b = w.append(b, t.Prefix[i])
		case t.Elem != nil:
			b = w.append(b, t.Elem)
		default:
			b = append(b, "null"...)
		}
	}
	return append(b, ']')
}

// object writes a struct or a map, with as many further properties as it has
// to have.
func (w *writer) object(b []byte, t *model.Type) []byte {
	b = append(b, '{')
	n := 0
	member := func(name string) {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(append(b, model.Quote(name)...), ':')
		n++
	}
	for _, f := range t.Fields {
		switch {
		case !f.Required && (!w.all || f.Type.Kind == model.Never || w.recurs(f.Type)):
		case f.Default != "" && (f.Default != "null" || !w.all):
			member(f.Name)
			b = append(b, f.Default...)
		default:
			member(f.Name)
			b = w.append(b, f.Type)
		}
	}
	further := t.Open
	if t.Kind == model.Map {
		further = t.Elem
	}
	for i := 1; n < least(t.Checks.MinProperties) && further != nil; i++ {
		name := "key" + strconv.Itoa(i)
		if !slices.ContainsFunc(t.Fields, func(f *model.Field) bool { return f.Name == name }) {
			member(name)
			b = w.append(b, further)
		}
	}
	return append(b, '}')
}

// recurs reports whether t is an array or object that is being written.
func (w *writer) recurs(t *model.Type) bool {
	if t.Kind == model.Nullable {
		t = t.Elem
	}
	return slices.Contains(w.path, t)
}

// longest is from how many bytes on nothing more is added to a document.
const longest = 64 << 10

// most bounds what a document repeats for a minimum, so that a contract that
// asks for millions of items gets no document that long. It doesn't fit then.
const most = 1000

// least returns a minimum: 0 if there is none, and no more than most.
func least(n *int) int {
	if n == nil {
		return 0
	}
	return min(*n, most)
}
