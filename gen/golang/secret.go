package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// This file keeps secrets out of errors.

// conceal writes what keeps the value of t that began at at out of errors, if
// it's a secret.
func conceal(t *model.Type) []jen.Code {
	if !t.Secret {
		return nil
	}
	return []jen.Code{dec("Secret", jen.Id("at"))}
}

// concealed returns code, which reads the field f, with what keeps its value
// out of errors if the field is a secret and its type alone isn't.
func concealed(f *model.Field, code []jen.Code) []jen.Code {
	t := f.Type
	for t.Kind == model.Nullable {
		t = t.Elem
	}
	if !f.Secret || t.Secret {
		return code
	}
	start := jen.Id("secret").Op(":=").Add(dec("Offset"))
	return append(append([]jen.Code{start}, code...), dec("Secret", jen.Id("secret")))
}

// check writes what checks the value of t that began at at by its rules. They
// look at all of the value, so they aren't to quote what holds a secret.
func (e *emitter) check(t *model.Type) jen.Code {
	method := "Check"
	if e.n.holdsSecret(t) {
		method = "CheckSecret"
	}
	return dec(method, jen.Id("at"), jen.Id(e.n.rules[t]))
}
