package main

import (
	"go/token"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// A reader holds the flags that say how to read contracts, and reads them.
type reader struct {
	types   bool
	root    string
	dialect string
	refs    []string
	formats bool
	int64s  bool

	options load.Options // made from these by check
}

// flags adds the flags that say how to read contracts.
func (r *reader) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&r.types, "types", false, "read a plain JSON Schema file for its types")
	f.StringVar(&r.root, "root", "", "with --types: the `NAME` of the root's type (default the file's name)")
	f.BoolVar(&r.formats, "formats", false, "with --types: check formats in every draft, also where they are annotations")
	f.BoolVar(&r.int64s, "int64", false, "with --types: make every integer an int64, which refuses what 64 bits don't hold")
	f.StringVar(&r.dialect, "dialect", "", "the `URI` of the draft if a file has no $schema (default "+schema.DefaultDialect+")")
	r.refFlag(cmd)
	cmd.ValidArgsFunction = completeContracts
}

// refFlag adds the flag that every reader of contracts needs.
func (r *reader) refFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&r.refs, "ref", nil, "a `URLPREFIX=DIR`: read references that begin with URLPREFIX from DIR; repeatable")
}

// check checks the flags for n contracts, and must be called before read.
func (r *reader) check(n int) error {
	switch {
	case r.root != "" && !r.types:
		return usagef("--root names the type of a plain schema: it needs --types")
	case r.formats && !r.types:
		return usagef("--formats needs --types: in a contract, use the key formats")
	case r.int64s && !r.types:
		return usagef("--int64 needs --types: in a contract, integers have 64 bits")
	case r.root != "" && n > 1:
		return usagef("--root would give the types of %d files the same name: run the command for each", n)
	}
	if r.root != "" && !token.IsIdentifier(r.root) {
		return usagef("--root %s: a type can't have this name", r.root)
	}
	r.options = load.Options{Types: r.types, Root: r.root, Dialect: r.dialect, AssertFormats: r.formats, Int64: r.int64s, Validator: new(validator).value}
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
	return load.Contract(name, r.options)
}

// completeContracts completes the names of files that can be contracts.
func completeContracts(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
}

// atLeastOneContract checks the arguments of commands that take CONTRACT….
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
