package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen/describe"
	"github.com/tpp-rpc/tpp/gen/model"
)

func describeCommand() *cobra.Command {
	d := &describeRun{}
	cmd := &cobra.Command{
		Use:   "describe CONTRACT [ACTION|TYPE|ERROR] [flags]",
		Short: "Show what a contract says",
		Long: `Describe lists the actions, types and errors of a contract, or shows one of them
in full. An action comes with a skeleton of its request: a JSON document to fill
in, with the required properties and placeholders that fit the schema.

In types, [T] is an array of T, {*: T} an object whose properties are all T, and
A | B either of the two. A property with ? may be absent.`,
		Example: examples(`
			tpp describe slave.yaml
			tpp describe slave.yaml build
			tpp describe slave.yaml StepInfo
			tpp describe slave.yaml build --skeleton --all > request.json
			tpp describe --types order.schema.json
			tpp describe slave.yaml --json | jq '.actions[].name'`),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usagef("name a contract and, if you like, one of its actions, types or errors")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) == 2 {
				name = args[1]
			}
			return d.run(cmd.OutOrStdout(), args[0], name)
		},
	}
	d.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&d.skeleton, "skeleton", false, "print only the skeleton of the action's request")
	f.BoolVar(&d.all, "all", false, "add the optional properties to the skeleton")
	f.BoolVar(&d.json, "json", false, "print JSON")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 && !d.types {
			return completeActions(args[0])
		}
		return completeContracts(cmd, args, prefix)
	}
	return cmd
}

// A describeRun is one run of describe.
type describeRun struct {
	reader
	skeleton bool
	all      bool
	json     bool
}

// run shows the action, type or error called name, or all if name is empty.
func (d *describeRun) run(out io.Writer, file, name string) error {
	if err := d.check(1); err != nil {
		return err
	}
	c, err := d.read(file)
	if err != nil {
		return err
	}
	o := describe.Options{All: d.all, Fits: new(judge).fits}
	if d.skeleton {
		a, names := actionNamed(c, name)
		if a == nil {
			return usagef("--skeleton: name an action%s", oneOf(name, names))
		}
		_, err := fmt.Fprintf(out, "%s\n", describe.Indent(describe.Skeleton(a, o)))
		return err
	}
	var page describe.Page
	if name == "" {
		page = describe.NewOverview(c, o)
	} else if page = describe.Find(c, name, o); page == nil {
		return usagef("there is no action, type or error %q%s", name, oneOf(name, describe.Names(c)))
	}
	if d.json {
		return printJSON(out, page)
	}
	_, err = io.WriteString(out, page.Text())
	return err
}

// actionNamed returns the action called name, or nil and the names of those
// there are.
func actionNamed(c *model.Contract, name string) (*model.Action, []string) {
	if c.Service == nil {
		return nil, nil
	}
	var names []string
	for _, a := range c.Service.Actions {
		if a.Name == name {
			return a, nil
		}
		names = append(names, a.Name)
	}
	return nil, names
}
