package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/describe"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
)

// An emitter makes files from a contract.
type emitter struct {
	name  string // in --lang
	makes string // what, for the help
	emit  func(c *model.Contract, o emitOptions) ([]gen.File, error)
}

// emitOptions are what an emitter may need besides the contract.
type emitOptions struct {
	pkg string // the name of the package, for languages that have packages
}

// emitters is the table of emitters. The first one is what gen writes by default.
var emitters = []emitter{
	{name: "go", makes: "a Go package", emit: func(c *model.Contract, o emitOptions) ([]gen.File, error) {
		return golang.Emit(c, golang.Options{Package: o.pkg})
	}},
	{name: "text", makes: "a file with what describe shows", emit: func(c *model.Contract, _ emitOptions) ([]gen.File, error) {
		return describe.Emit(c, describe.Options{Fits: new(validator).fits})
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

// emittersHelp returns a line of help for each emitter.
func emittersHelp() string {
	var lines []string
	for _, e := range emitters {
		lines = append(lines, fmt.Sprintf("  %-6s %s", e.name, e.makes))
	}
	return strings.Join(lines, "\n")
}

// langFlag adds the flag that names emitters.
func langFlag(cmd *cobra.Command, langs *[]string, byDefault []string, usage string) {
	f := cmd.Flags()
	f.StringSliceVar(langs, "lang", byDefault, usage+": "+strings.Join(emitterNames(), ", "))
	f.Lookup("lang").DefValue = strings.Join(byDefault, ",")
	cmd.RegisterFlagCompletionFunc("lang", cobra.FixedCompletions(emitterNames(), cobra.ShellCompDirectiveNoFileComp))
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
		return nil, usagef("--lang names nothing to write: want %s", strings.Join(emitterNames(), " or "))
	}
	return list, nil
}
