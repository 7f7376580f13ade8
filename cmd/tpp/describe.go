package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen/describe"
	"github.com/tpp-rpc/tpp/gen/model"
)

func describeCommand() *cobra.Command {
	d := &describeRun{}
	cmd := &cobra.Command{
		Use:   "describe CONTRACT|ADDR [ACTION|TYPE|ERROR] [flags]",
		Short: "Show what a contract says",
		Long: `Describe lists the actions, types and errors of a contract, or shows one of them
in full. An action comes with a skeleton of its request: a JSON document to fill
in, with the required properties and placeholders that fit the schema.

The contract is a file, or that of the service at ADDR, which is host:port or
unix:/path, if the service tells it. The flags from --token on say how to reach
the service. Without --token and --token-file, the token is that in $TPP_TOKEN.

In types, [T] is an array of T, {*: T} an object whose properties are all T, and
A | B either of the two. A property with ? may be absent.`,
		Example: examples(`
			tpp describe slave.yaml
			tpp describe slave.yaml build
			tpp describe slave.yaml StepInfo
			tpp describe slave.yaml build --skeleton --all > request.json
			tpp describe --types order.schema.json
			tpp describe slave.yaml --json | jq '.actions[].name'
			tpp describe localhost:7777 build --token-file token
			tpp describe localhost:7777 --bundle > slave.json`),
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
			return d.run(cmd, args[0], name)
		},
	}
	d.reader.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&d.skeleton, "skeleton", false, "print only the skeleton of the action's request")
	f.BoolVar(&d.all, "all", false, "add the optional properties to the skeleton")
	f.BoolVar(&d.json, "json", false, "print JSON")
	f.BoolVar(&d.bundle, "bundle", false, "print the contract itself, with everything that it refers to, as one JSON document")
	d.connection.flags(cmd)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 && !d.types && !isAddress(args[0]) {
			return completeActions(args[0])
		}
		return completeContracts(cmd, args, prefix)
	}
	return cmd
}

// A describeRun is one run of describe.
type describeRun struct {
	reader
	connection
	skeleton bool
	all      bool
	json     bool
	bundle   bool
}

// run shows the action, type or error called name, or all if name is empty.
func (d *describeRun) run(cmd *cobra.Command, from, name string) error {
	if err := errors.Join(d.reader.check(1), d.connection.check()); err != nil {
		return err
	}
	if d.bundle && (name != "" || d.types || d.skeleton) {
		return usagef("--bundle prints a whole contract: leave out the name, --types and --skeleton")
	}
	contracts, err := d.contracts(cmd, from)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	o := describe.Options{All: d.all, Fits: new(validator).fits}
	switch {
	case d.bundle:
		for _, c := range contracts {
			if _, err := fmt.Fprintln(out, c.Document); err != nil {
				return err
			}
		}
		return nil
	case d.skeleton:
		a, err := actionIn(from, contracts, name)
		if err != nil {
			var names []string
			for _, c := range contracts {
				_, known := actionNamed(c, name)
				names = append(names, known...)
			}
			return usagef("--skeleton: name an action%s", oneOf(name, names))
		}
		_, err = fmt.Fprintf(out, "%s\n", describe.Indent(describe.Skeleton(a.model, o)))
		return err
	case name == "":
		for i, c := range contracts {
			if i > 0 && !d.json {
				fmt.Fprintln(out)
			}
			if err := d.print(out, describe.NewOverview(c, o)); err != nil {
				return err
			}
		}
		return nil
	}
	var names []string
	for _, c := range contracts {
		if page := describe.Find(c, name, o); page != nil {
			return d.print(out, page)
		}
		names = append(names, describe.Names(c)...)
	}
	return usagef("there is no action, type or error %q%s", name, oneOf(name, names))
}

// contracts returns the contract in a file, or those of the service at an address.
func (d *describeRun) contracts(cmd *cobra.Command, from string) ([]*model.Contract, error) {
	if !isAddress(from) {
		c, err := d.read(from)
		return []*model.Contract{c}, err
	}
	if d.types {
		return nil, usagef("--types is for a file: %s is an address", from)
	}
	conn, err := d.open(from)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	ctx, cancel := d.limited(cmd.Context())
	defer cancel()
	return d.connection.contracts(ctx, from, conn.Do, d.options)
}

// print prints a page.
func (d *describeRun) print(out io.Writer, page describe.Page) error {
	if d.json {
		return printJSON(out, page)
	}
	_, err := io.WriteString(out, page.Text())
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
