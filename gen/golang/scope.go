package golang

import (
	"go/token"
	"strconv"

	"github.com/tpp-rpc/tpp/gen/model"
)

// A scope is a set of names that have to differ, with the place of each.
type scope map[string]string

// methodNames are the methods that every type has.
var methodNames = []string{"DecodeJSON", "AppendJSON", "UnmarshalJSON", "MarshalJSON", "Validate"}

// unionMethods are the methods that every union has besides.
var unionMethods = []string{"Kind", "Format"}

// members returns the names that the fields of t have to differ from.
func members(t *model.Type) scope {
	s := scope{}
	for _, name := range methodNames {
		s[name] = "a method of every type"
	}
	if t.Kind == model.Union {
		for _, name := range unionMethods {
			s[name] = "a method of every union"
		}
	}
	if model.HoldsSecret(t) {
		for _, name := range logMethods(t) {
			s[name] = "a method of every type that holds secrets"
		}
	}
	return s
}

// force takes name, which an author asked for, and notes a problem if it
// can't be had.
func (n *names) force(s scope, name string, pos model.Pos) string {
	switch where, taken := s[name]; {
	case !token.IsIdentifier(name) || !token.IsExported(name):
		n.problems.Add(pos, "x-go-name %q isn't an exported Go identifier", name)
	case taken:
		n.problems.Add(pos, "x-go-name %q is taken by %s", name, where)
	}
	s[name] = pos.String()
	return name
}

// choose takes the first of the candidates that's free, and the first one
// with a number behind it if none is.
func (n *names) choose(s scope, pos model.Pos, candidates ...string) string {
	for _, name := range candidates {
		if _, taken := s[name]; !taken {
			s[name] = pos.String()
			return name
		}
	}
	for i := 2; ; i++ {
		name := candidates[0] + strconv.Itoa(i)
		if _, taken := s[name]; !taken {
			s[name] = pos.String()
			return name
		}
	}
}
