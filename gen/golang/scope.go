package golang

import (
	"slices"

	"github.com/tpp-rpc/tpp/gen/model"
)

// methodNames are the methods that every type has.
var methodNames = []string{"DecodeJSON", "AppendJSON", "UnmarshalJSON", "MarshalJSON", "Validate"}

// unionMethods are the methods that every union has besides.
var unionMethods = []string{"Kind", "Format"}

// members returns the names that the fields of t have to differ from.
func members(t *model.Type) scope {
	s := scope{}
	for _, name := range methodNames {
		s[name] = holder{what: "a method of every type"}
	}
	if t.Kind == model.Union {
		for _, name := range unionMethods {
			s[name] = holder{what: "a method of every union"}
		}
	}
	for _, name := range logMethods(t) {
		s[name] = holder{what: "a method of types that hold secrets"}
	}
	return s
}

// member returns the name of a field of t that would be called name. The names of
// methods aren't free for it, even of those that t only gets with its first secret.
func member(t *model.Type, name string) string {
	if slices.Contains(methodNames, name) || slices.Contains(logMethods(t), name) || t.Kind == model.Union && slices.Contains(unionMethods, name) {
		return name + "Value"
	}
	return name
}
