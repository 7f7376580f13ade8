package golang

// This file says what types are.

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

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
	if doc := t.Doc(); !repeats(name, doc) {
		text = describedAs(doc, text)
	}
	sentences = append(sentences, e.constants(t)...)
	sentences = append(sentences, limits(t)...)
	if t.Secret {
		sentences = append(sentences, "It's secret: keep it out of logs.")
	}
	if len(sentences) > 0 {
		text += " " + strings.Join(sentences, " ")
	}
	return jen.Comment(comment(text+deprecation(t.Deprecated), 0))
}

// constants says which properties of a struct are constants, since those that it
// must have are no fields.
func (e *emitter) constants(t *model.Type) []string {
	var list []string
	for _, f := range t.Fields {
		if f.Type.Kind == model.Const && f.Required {
			list = append(list, f.Name+" "+constantText(f.Type))
		}
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return []string{"It has the constant property " + list[0] + "."}
	}
	return []string{"It has the constant properties " + strings.Join(list, ", ") + "."}
}

// constantText is the constant t in a comment, on one line if it's short.
func constantText(t *model.Type) string {
	text := t.Values[0].JSON
	if len(text) > 40 {
		return text
	}
	return strings.ReplaceAll(text, " ", keptSpace)
}
