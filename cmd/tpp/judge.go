package main

import (
	"fmt"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/rules"
	"github.com/tpp-rpc/tpp/runtime/ecma"
	"github.com/tpp-rpc/tpp/runtime/validate"
)

// A judge tells whether documents fit the schemas of a contract, as a service
// made from it does. The zero value is ready. It isn't safe for concurrent use.
type judge struct {
	compiled map[*model.Schema]*validate.Schema
}

// check returns what t has against a document: nil or a *codec.Error. A type
// that stands for no schema accepts every document.
func (j *judge) check(t *model.Type, doc []byte) error {
	s := t.Schema
	if s == nil {
		return nil
	}
	v := j.compiled[s]
	if v == nil {
		text, _ := rules.Text(s)
		var err error
		if v, err = validate.Compile(text, ecma.Engine); err != nil {
			panic(fmt.Sprintf("tpp: rules that don't compile: %v\n%s", err, text))
		}
		if j.compiled == nil {
			j.compiled = map[*model.Schema]*validate.Schema{}
		}
		j.compiled[s] = v
	}
	return v.Check(doc)
}

// fits reports whether t accepts a document.
func (j *judge) fits(t *model.Type, doc []byte) bool { return j.check(t, doc) == nil }
