package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
)

func genCommand() *cobra.Command {
	g := &genRun{}
	cmd := &cobra.Command{
		Use:   "gen CONTRACT… [flags]",
		Short: "Write a Go package from a contract",
		Long: `Gen writes a Go package for each contract: *.gen.go files with the types, the
interface, the client and the function that registers a service. --lang asks for
something else, or for several things:

` + emittersHelp() + `

The files of a contract go to the folder --out, or to the contract's own folder.
If there are several contracts, each gets a folder below --out, named like its
package. Without --out, they must be in different folders.

The package gets the name in --package. Without that, it's the package of the Go
files written by hand in the folder, else it's named after the service or,
with --types, after the folder. A name that no package can have, such as type,
gets an addition: typepkg.

Files that are up to date aren't touched. Gen prints the names of the files that
it wrote, and of those that it removed because the contract no longer makes
them. If anything is wrong with a contract, gen writes nothing.`,
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
	langFlag(cmd, &g.langs, emitterNames()[:1], "a comma-separated `LIST` of what to write")
	f.BoolVar(&g.check, "check", false, "write nothing, but print the names of stale files and fail if there are any")
	g.flags(cmd)
	f.BoolVar(&g.json, "json", false, "print JSON, one object for each file or problem")
	cmd.MarkFlagDirname("out")
	return cmd
}

// A genRun is one run of gen.
type genRun struct {
	reader
	out   string
	pkg   string
	langs []string
	check bool
	json  bool

	emitters []emitter // those that langs name
}

// An output is what one emitter makes of one contract.
type output struct {
	contract string // the file's name
	dir      string
	pkg      string
	files    []gen.File
}

func (g *genRun) run(cmd *cobra.Command, names []string) error {
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
		return errors.New("1 file is stale: run gen without --check")
	}
	return fmt.Errorf("%d files are stale: run gen without --check", stale)
}

func (g *genRun) checkFlags(contracts int) (err error) {
	if g.emitters, err = emittersNamed(g.langs); err != nil {
		return err
	}
	switch {
	case g.pkg != "" && !golang.ValidPackage(g.pkg):
		return usagef("--package %s: a package can't have this name", g.pkg)
	case g.pkg != "" && contracts > 1:
		return usagef("--package would give %d contracts the same package: run gen for each", contracts)
	}
	return g.reader.check(contracts)
}

// make makes the files of all contracts, or returns everything that's wrong
// with any of them.
func (g *genRun) make(names []string) ([]output, error) {
	var outputs []output
	var problems []error
	for _, name := range names {
		made, err := g.makeOne(name, len(names) > 1)
		outputs = append(outputs, made...)
		problems = append(problems, err)
	}
	return outputs, errors.Join(problems...)
}

// makeOne makes the files of one contract, which is one of many or the only one.
func (g *genRun) makeOne(name string, many bool) ([]output, error) {
	c, err := g.read(name)
	if err != nil {
		return nil, err
	}
	dir := g.out
	switch {
	case dir == "":
		dir = filepath.Dir(name)
	case many:
		dir = filepath.Join(dir, golang.PackageName(c))
	}
	return emit(c, name, g.emitters, dir, g.pkg)
}

// emit returns what each emitter makes of the contract in a file, or all problems that
// they report. If pkg is empty, packageName decides.
func emit(c *model.Contract, name string, emitters []emitter, dir, pkg string) ([]output, error) {
	if pkg == "" {
		var err error
		if pkg, err = packageName(c, dir); err != nil {
			return nil, err
		}
	}
	var outputs []output
	var problems []error
	for _, e := range emitters {
		files, err := e.emit(c, emitOptions{pkg: pkg})
		if _, others := explain(err); others != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		o := output{contract: name, dir: dir, pkg: pkg, files: files}
		outputs = append(outputs, o)
		problems = append(problems, err)
	}
	return outputs, errors.Join(problems...)
}

// apart checks that no two contracts go to the same folder.
func apart(outputs []output) error {
	owners := map[string]string{}
	for _, o := range outputs {
		dir, err := filepath.Abs(o.dir)
		if err != nil {
			return err
		}
		if first := owners[dir]; first != "" && first != o.contract {
			return usagef("%s and %s would both be written to %s: add --out DIR to give each a folder of its own", first, o.contract, o.dir)
		}
		owners[dir] = o.contract
	}
	return nil
}

// finish writes the files of o, or with --check compares them, and prints the
// names of those that differ. It returns how many do.
func (g *genRun) finish(cmd *cobra.Command, o output) (stale int, err error) {
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
