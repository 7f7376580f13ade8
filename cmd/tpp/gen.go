package main

import (
	"errors"
	"fmt"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
)

// emitters makes the emitter of each language that gen writes, for a package
// of that name.
var emitters = map[string]func(pkg string) gen.Emitter{
	"go": func(pkg string) gen.Emitter {
		return func(c *model.Contract) ([]gen.File, error) {
			return golang.Emit(c, golang.Options{Package: pkg})
		}
	},
}

// emit makes the files of the contract in a file.
func emit(lang, pkg, name string, c *model.Contract) ([]gen.File, error) {
	files, err := emitters[lang](pkg)(c)
	if _, others := explain(err); len(others) > 0 {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return files, err
}

func genCommand() *cobra.Command {
	g := &generation{}
	cmd := &cobra.Command{
		Use:   "gen CONTRACT… [flags]",
		Short: "Write the Go package of a contract",
		Long: `Gen writes the Go package of each contract: *.gen.go files with the types,
the interface, the client and the registration of the service.

The files of one contract go to the folder --out, or beside the contract. Given
several, each has a folder of its own below --out, named like its package;
without --out they must stand in different folders already.

The package is named as --package says, or like the Go files that are in the
folder already, or like the service; for --types, like the folder.

Files that are as they should be aren't touched. The names of those that were
written, or removed because the contract makes them no more, are printed. If
anything is wrong with a contract, nothing is written.`,
		Example: examples(`
			tpp gen slave.yaml                          # beside slave.yaml
			tpp gen slave.yaml --out internal/slave
			tpp gen contracts/*.yaml --out internal     # internal/slave, internal/poller …
			tpp gen --check slave.yaml                  # are the files up to date?
			tpp gen --types --root Order order.schema.json --out order
			tpp gen --types --ref https://example.org/schemas/=schemas order.json

			//go:generate go tool tpp gen slave.yaml`),
		Args: atLeastOneContract,
		RunE: func(cmd *cobra.Command, args []string) error { return g.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&g.out, "out", "", "the `DIR` to write to (default the contract's own)")
	f.StringVar(&g.pkg, "package", "", "the `NAME` of the package (default the service's or the folder's)")
	f.StringVar(&g.lang, "lang", "go", "the `LANGUAGE` to write")
	f.BoolVar(&g.check, "check", false, "write nothing; print the names of stale files, and fail if there are any")
	g.flags(cmd)
	f.BoolVar(&g.json, "json", false, "print JSON, one object for each file or problem")
	cmd.MarkFlagDirname("out")
	return cmd
}

// A generation is one run of gen.
type generation struct {
	reader
	out   string
	pkg   string
	lang  string
	check bool
	json  bool
}

// An output is what comes of one contract.
type output struct {
	contract string // the file's name
	dir      string
	pkg      string
	files    []gen.File
}

func (g *generation) run(cmd *cobra.Command, names []string) error {
	if err := g.checkFlags(len(names)); err != nil {
		return err
	}
	outputs, err := g.make(names)
	if err != nil {
		if g.json {
			return reportJSON(cmd.OutOrStdout(), err)
		}
		return err
	}
	if err := apart(outputs); err != nil {
		return err
	}
	stale := 0
	for _, o := range outputs {
		n, err := g.finish(cmd, o)
		if err != nil {
			return err
		}
		stale += n
	}
	switch {
	case !g.check || stale == 0:
		return nil
	case g.json:
		return &reportedError{errors.New("stale")}
	case stale == 1:
		return errors.New("1 file is stale: generate it again")
	}
	return fmt.Errorf("%d files are stale: generate them again", stale)
}

func (g *generation) checkFlags(contracts int) error {
	switch {
	case emitters[g.lang] == nil:
		return usagef("--lang %s: want %s", g.lang, strings.Join(slices.Sorted(maps.Keys(emitters)), " or "))
	case g.pkg != "" && !token.IsIdentifier(g.pkg):
		return usagef("--package %s: a package can't have this name", g.pkg)
	case g.pkg != "" && contracts > 1:
		return usagef("--package would give %d contracts the same package: generate one at a time", contracts)
	}
	return g.reader.check(contracts)
}

// make emits the files of all contracts, or returns everything that's wrong
// with any.
func (g *generation) make(names []string) ([]output, error) {
	var outputs []output
	var problems []error
	for _, name := range names {
		o, err := g.emit(name, len(names) > 1)
		if err != nil {
			problems = append(problems, err)
		}
		outputs = append(outputs, o)
	}
	return outputs, errors.Join(problems...)
}

// emit makes the files of one contract, one of many or the only one.
func (g *generation) emit(name string, many bool) (output, error) {
	c, err := g.read(name)
	if err != nil {
		return output{}, err
	}
	o := output{contract: name, dir: g.out, pkg: g.pkg}
	if o.dir == "" {
		o.dir = filepath.Dir(name)
	} else if many {
		o.dir = filepath.Join(g.out, baseName(c))
	}
	if o.pkg == "" {
		if o.pkg, err = packageName(c, o.dir); err != nil {
			return output{}, err
		}
	}
	o.files, err = emit(g.lang, o.pkg, name, c)
	return o, err
}

// apart tells whether each output has a folder of its own.
func apart(outputs []output) error {
	owners := map[string]string{}
	for _, o := range outputs {
		dir, err := filepath.Abs(o.dir)
		if err != nil {
			return err
		}
		if first, ok := owners[dir]; ok {
			return usagef("%s and %s would both be written to %s: say --out DIR, and each has a folder of its own there", first, o.contract, o.dir)
		}
		owners[dir] = o.contract
	}
	return nil
}

// finish writes the files of o, or looks whether they are stale, and prints
// which. It returns how many are stale.
func (g *generation) finish(cmd *cobra.Command, o output) (stale int, err error) {
	act, state := gen.Write, "written"
	if g.check {
		act, state = gen.Stale, "stale"
	}
	names, err := act(o.dir, o.files)
	for _, name := range names {
		if !g.json {
			fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(o.dir, name))
		}
	}
	if err != nil || !g.json {
		return len(names), err
	}
	made := map[string]bool{}
	for _, f := range o.files {
		made[f.Name] = true
		s := "unchanged"
		if slices.Contains(names, f.Name) {
			s = state
		}
		if err := o.printFile(cmd, f.Name, s); err != nil {
			return 0, err
		}
	}
	for _, name := range names {
		if made[name] {
			continue
		}
		s := "removed"
		if g.check {
			s = state
		}
		if err := o.printFile(cmd, name, s); err != nil {
			return 0, err
		}
	}
	return len(names), nil
}

func (o output) printFile(cmd *cobra.Command, name, state string) error {
	return printJSON(cmd.OutOrStdout(), struct {
		Contract string `json:"contract"`
		Package  string `json:"package"`
		File     string `json:"file"`
		State    string `json:"state"` // written, unchanged, removed or stale
	}{o.contract, o.pkg, filepath.Join(o.dir, name), state})
}
