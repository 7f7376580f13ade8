package golang

// This file says what types are that nobody has described.

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
	if doc := strings.TrimSpace(t.Doc()); doc != "" && !repeats(name, doc) {
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
