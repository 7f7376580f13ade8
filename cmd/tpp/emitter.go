package main

import (
	"fmt"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/describe"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
)

// An emitter is something that gen makes of a contract.
type emitter struct {
	name  string // for --lang
	makes string // for help
	emit  func(c *model.Contract, o emitOptions) ([]gen.File, error)
}

// emitOptions are what an emitter may want to know beside the contract.
type emitOptions struct {
	pkg string // the name of the package, for languages that have any
}

// emitters are those there are; gen writes the first unless told otherwise.
var emitters = []emitter{
	{"go", "a Go package", func(c *model.Contract, o emitOptions) ([]gen.File, error) {
		return golang.Emit(c, golang.Options{Package: o.pkg})
	}},
	{"text", "what describe shows, in a file", func(c *model.Contract, _ emitOptions) ([]gen.File, error) {
		return describe.Emit(c, describe.Options{Fits: new(judge).fits})
	}},
}

// emitterNames returns the names of all emitters.
func emitterNames() []string {
	var names []string
	for _, e := range emitters {
		names = append(names, e.name)
	}
	return names
}

// emittersHelp returns the emitters as help lists them.
func emittersHelp() string {
	var list []string
	for _, e := range emitters {
		list = append(list, fmt.Sprintf("%s (%s)", e.name, e.makes))
	}
	return strings.Join(list, ", ")
}

// emittersNamed returns the emitters with the given names, each once, in the
// order of the table.
func emittersNamed(names []string) ([]emitter, error) {
	asked := map[string]bool{}
	for _, name := range names {
		asked[name] = true
	}
	var list []emitter
	for _, e := range emitters {
		if asked[e.name] {
			list = append(list, e)
			delete(asked, e.name)
		}
	}
	for _, name := range names {
		if asked[name] {
			return nil, usagef("--lang %s: want %s", name, strings.Join(emitterNames(), " or "))
		}
	}
	if list == nil {
		return nil, usagef("--lang: name at least one of %s", strings.Join(emitterNames(), ", "))
	}
	return list, nil
}
