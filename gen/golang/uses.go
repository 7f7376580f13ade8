package golang

// This file says what types are that nobody has described.

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// noteUses notes for every type where it's used, for the comments of those
// that have no description.
func (e *emitter) noteUses() {
	note := func(t *model.Type, use string) {
		for t.Kind == model.Nullable && e.n.typ[t] == "" {
			t = t.Elem
		}
		if uses := e.uses[t]; len(uses) < 3 && !slices.Contains(uses, use) {
			e.uses[t] = append(uses, use)
		}
	}
	if s := e.c.Service; s != nil {
		for _, a := range s.Actions {
			what := "the response of "
			if a.Stream != nil {
				what = "an item that answers "
			}
			note(a.Request, "the request of "+a.Name)
			note(a.Response, what+a.Name)
		}
		if s.Envelope != nil {
			note(s.Envelope, "the keys that requests carry beside token, action and body")
		}
	}
	if s := e.c.Service; s == nil && len(e.c.Types) > 0 {
		note(e.c.Types[0], "what "+e.c.Source+" describes")
	}
	for _, t := range e.n.types {
		e.noteParts(t, e.n.typ[t], note)
	}
}

// noteParts notes what the types inside of t are for owner.
func (e *emitter) noteParts(t *model.Type, owner string, note func(*model.Type, string)) {
	inside := func(part *model.Type, use string) {
		if e.n.typ[part] != owner && (t.Kind != model.Nullable || e.n.typ[t] != "") { // else it was noted with t
			note(part, use)
		}
		if e.n.typ[part] == "" {
			e.noteParts(part, owner, note)
		}
	}
	for _, f := range t.Fields {
		what := "the property " + f.Name + " of "
		if part := f.Type; part.Kind == model.List && e.n.typ[part] == "" {
			inside(part.Elem, "an item of "+f.Name+" in "+owner)
			continue
		} else if part.Kind == model.Map && e.n.typ[part] == "" {
			inside(part.Elem, "a value of "+f.Name+" in "+owner)
			continue
		}
		inside(f.Type, what+owner)
	}
	for _, b := range t.Branches {
		inside(b.Type, "one form of "+owner)
	}
	for _, part := range t.Prefix {
		inside(part, "an item of "+owner)
	}
	if t.Elem != nil {
		switch t.Kind {
		case model.Map:
			inside(t.Elem, "a value of "+owner)
		case model.Nullable:
			inside(t.Elem, "what "+owner+" holds unless it's null")
		default:
			inside(t.Elem, "an item of "+owner)
		}
	}
	if t.Open != nil {
		inside(t.Open, "a further property of "+owner)
	}
}

// typeDoc is the comment of the type t. The sentences, if any, are about the
// representation and follow the description.
func (e *emitter) typeDoc(t *model.Type, sentences ...string) jen.Code {
	name := e.n.typ[t]
	text := name + " is declared in " + e.c.Source + "."
	if uses := e.uses[t]; len(uses) > 0 {
		last := len(uses) - 1
		list := uses[last]
		if last > 0 {
			list = strings.Join(uses[:last], ", ") + " and " + list
		}
		text = name + " is " + list + "."
	}
	if doc := strings.TrimSpace(t.Doc); doc != "" && !repeats(name, doc) {
		text = opening(name, doc)
	}
	if t.Secret {
		sentences = append(sentences, "It's secret: keep it out of logs.")
	}
	if len(sentences) > 0 {
		text += " " + strings.Join(sentences, " ")
	}
	return jen.Comment(comment(text+deprecation(t.Deprecated), 0))
}
