package main

import (
	"go/token"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// A reader reads contracts as the command line says.
type reader struct {
	types   bool
	root    string
	dialect string
	refs    []string
	formats bool

	options schema.Options // made from these by check
}

// flags adds the flags by which a command is told how to read contracts.
func (r *reader) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&r.types, "types", false, "read a plain JSON Schema file for its types alone")
	f.StringVar(&r.root, "root", "", "with --types: the `NAME` of the root's type (default the file's name)")
	f.BoolVar(&r.formats, "formats", false, "with --types: check formats in the drafts that take them for remarks, too")
	f.StringVar(&r.dialect, "dialect", "", "the `URI` of the draft where $schema is absent (default "+schema.DefaultDialect+")")
	r.refFlag(cmd)
	cmd.ValidArgsFunction = completeContracts
}

// refFlag adds the one that every reader of contracts needs.
func (r *reader) refFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&r.refs, "ref", nil, "a `URLPREFIX=DIR` with the documents behind remote references; repeatable")
}

// check looks at the flags, given that there are n contracts.
func (r *reader) check(n int) error {
	switch {
	case r.root != "" && !r.types:
		return usagef("--root names the type of a plain schema: it needs --types")
	case r.formats && !r.types:
		return usagef("--formats needs --types: a contract says it itself, by its key formats")
	case r.root != "" && n > 1:
		return usagef("--root would name the types of %d files alike: generate one at a time", n)
	}
	if r.root != "" && !token.IsIdentifier(r.root) {
		return usagef("--root %s: a type can't have this name", r.root)
	}
	r.options = schema.Options{Types: r.types, Root: r.root, Dialect: r.dialect, AssertFormats: r.formats}
	for _, ref := range r.refs {
		i := strings.LastIndexByte(ref, '=')
		if i <= 0 || i == len(ref)-1 {
			return usagef("--ref %s: want URLPREFIX=DIR", ref)
		}
		r.options.Refs = append(r.options.Refs, schema.Ref{Prefix: ref[:i], Dir: ref[i+1:]})
	}
	return nil
}

// read returns the contract in a file.
func (r *reader) read(name string) (*model.Contract, error) {
	return schema.Load(name, r.options)
}

// completeContracts lets shells offer files that can be contracts.
func completeContracts(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
}

// atLeastOneContract is the rule for the arguments of commands that take
// CONTRACT…
func atLeastOneContract(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("name a contract")
	}
	seen := map[string]bool{}
	for _, name := range args {
		if name = filepath.Clean(name); seen[name] {
			return usagef("%s is named twice", name)
		}
		seen[name] = true
	}
	return nil
}
