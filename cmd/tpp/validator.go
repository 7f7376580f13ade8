package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/rules"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/ecma"
	"github.com/tpp-rpc/tpp/runtime/validate"
)

// A validator validates documents against the schemas of a contract, as a service made
// from it does. The zero value is ready. It isn't safe for concurrent use.
type validator struct {
	compiled map[*model.Schema]*validate.Schema
}

// check validates a document against t. It returns nil or a *codec.Error. A type
// without a schema accepts every document.
func (v *validator) check(t *model.Type, doc []byte) error {
	if t.Schema == nil {
		return nil
	}
	err := v.schema(t.Schema).Check(doc)
	var problem *codec.Error
	if errors.As(err, &problem) && problem.Found != "" && secretAt(t, tokens(problem.Pointer)) {
		problem.Found = "a secret"
	}
	return err
}

// schema compiles s, once.
func (v *validator) schema(s *model.Schema) *validate.Schema {
	if done := v.compiled[s]; done != nil {
		return done
	}
	text, _ := rules.Text(s)
	compiled, err := validate.Compile(text, ecma.Engine)
	if err != nil {
		panic(fmt.Sprintf("tpp: rules that don't compile: %v\n%s", err, text))
	}
	if v.compiled == nil {
		v.compiled = map[*model.Schema]*validate.Schema{}
	}
	v.compiled[s] = compiled
	return compiled
}

// value is a gen.Validator.
func (v *validator) value(s *model.Schema, value string) error {
	return v.schema(s).Check([]byte(value))
}

// tokens returns the names and indexes that a JSON pointer is made of.
func tokens(pointer string) []string {
	list := strings.Split(pointer, "/")[1:]
	for i, t := range list {
		list[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(t)
	}
	return list
}

// secretAt reports whether the value at a JSON pointer, given as tokens, may be secret
// in a value of t, so that no message shows it.
func secretAt(t *model.Type, path []string) bool {
	if t.Secret {
		return true
	}
	for part := range t.Parts() {
		switch {
		case part.Branch != nil, t.Kind == model.Nullable:
			if secretAt(part.Type, path) {
				return true
			}
		case len(path) == 0:
		case part.Field == nil:
			if secretAt(part.Type, path[1:]) {
				return true
			}
		case part.Field.Name == path[0]:
			if part.Field.Secret || secretAt(part.Type, path[1:]) {
				return true
			}
		}
	}
	return false
}

// fits reports whether t accepts a document.
func (v *validator) fits(t *model.Type, doc []byte) bool { return v.check(t, doc) == nil }
