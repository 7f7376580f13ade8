package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

func describeCommand() *cobra.Command {
	d := &describing{}
	cmd := &cobra.Command{
		Use:   "describe CONTRACT [ACTION|TYPE|ERROR] [flags]",
		Short: "Show what a contract says",
		Long: `Describe shows a contract's actions, types and errors, or one of them in full. An action comes with a skeleton of its request: a JSON document to fill
in, with the properties that are required and placeholders that fit the schema.

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
				return usagef("name a contract, and an action, type or error of it if you like")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return d.run(cmd, args[0], slices.Concat(args[1:], []string{""})[0])
		},
	}
	d.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&d.skeleton, "skeleton", false, "print nothing but the skeleton of the action's request")
	f.BoolVar(&d.all, "all", false, "give the skeleton the optional properties, too")
	f.BoolVar(&d.json, "json", false, "print JSON")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 && !d.types {
			return completeActions(args[0])
		}
		return completeContracts(cmd, args, prefix)
	}
	return cmd
}

// A describing is one run of describe.
type describing struct {
	reader
	skeleton bool
	all      bool
	json     bool

	contract  *model.Contract
	validator *schema.Validator // nil with --types
}

func (d *describing) run(cmd *cobra.Command, file, name string) (err error) {
	if err := d.check(1); err != nil {
		return err
	}
	if d.contract, err = d.read(file); err != nil {
		return err
	}
	if !d.types {
		if d.validator, err = schema.NewValidator(file, d.options); err != nil {
			return err
		}
	}
	if d.skeleton {
		a := d.actionNamed(name)
		if a == nil {
			return usagef("--skeleton: name an action%s", oneOf(name, d.actionNames()))
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", indented(d.requestOf(a)))
		return err
	}
	page, err := d.page(name)
	if err != nil {
		return err
	}
	if d.json {
		return printJSON(cmd.OutOrStdout(), page)
	}
	var b bytes.Buffer
	page.text(&b)
	_, err = cmd.OutOrStdout().Write(bytes.TrimLeft(b.Bytes(), "\n"))
	return err
}

// A page is something to show.
type page interface {
	text(b *bytes.Buffer)
}

// page returns what there is to show of an action, a type or an error, or of
// all.
func (d *describing) page(name string) (page, error) {
	if name == "" {
		return d.overview(), nil
	}
	if a := d.actionNamed(name); a != nil {
		return d.action(a), nil
	}
	var names []string
	for _, t := range d.contract.Types {
		if typeName(t) == name {
			return describeType(t), nil
		}
		names = append(names, typeName(t))
	}
	if p := d.errorNamed(name); p != nil {
		return p, nil
	}
	for _, e := range d.errors() {
		names = append(names, e.Name)
	}
	return nil, usagef("there is no action, type or error %q%s", name, oneOf(name, slices.Concat(d.actionNames(), names)))
}

func (d *describing) actionNamed(name string) *model.Action {
	if s := d.contract.Service; s != nil {
		for _, a := range s.Actions {
			if a.Name == name {
				return a
			}
		}
	}
	return nil
}

func (d *describing) actionNames() []string {
	var names []string
	if s := d.contract.Service; s != nil {
		for _, a := range s.Actions {
			names = append(names, a.Name)
		}
	}
	return names
}

// requestOf returns the skeleton of a request. Where a required property or two
// isn't enough, such as for one of several alternatives, all are there.
func (d *describing) requestOf(a *model.Action) json.RawMessage {
	doc := skeleton(a.Request, d.all)
	if d.validator.Request(a.Name, doc) == nil {
		return doc
	}
	if full := skeleton(a.Request, true); d.validator.Request(a.Name, full) == nil {
		return full
	}
	return doc
}

// indented returns a JSON text on several lines.
func indented(text json.RawMessage) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		panic(fmt.Sprintf("tpp: a skeleton that isn't JSON: %v: %s", err, text))
	}
	return b.Bytes()
}
