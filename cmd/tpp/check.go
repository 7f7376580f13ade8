package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func checkCommand() *cobra.Command {
	var r reader
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check CONTRACT… [flags]",
		Short: "Tell everything that is wrong with contracts",
		Long: `Check tells everything that is wrong with contracts, each as
file:line:column: message, and fails if there is anything. It finds all that
would keep gen from working, names that collide in Go included.`,
		Example: examples(`
			tpp check slave.yaml
			tpp check contracts/*.yaml --json
			tpp check --types order.schema.json --dialect http://json-schema.org/draft-07/schema#`),
		Args: atLeastOneContract,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.check(len(args)); err != nil {
				return err
			}
			err := checkAll(&r, args)
			if err != nil && asJSON {
				return reportJSON(cmd.OutOrStdout(), err)
			}
			return err
		},
	}
	r.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print problems to standard output as JSON, one object a line")
	return cmd
}

// checkAll returns everything that's wrong with the contracts.
func checkAll(r *reader, names []string) error {
	var problems []error
	for _, name := range names {
		c, err := r.read(name)
		if err == nil {
			_, err = emit("go", "check", name, c) // which settles the names
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
