package main

import (
	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/schemas"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of contracts, for editors",
		Long: `Schema prints the JSON Schema that every contract fits. An editor that is told
of it completes the keys of a contract, explains them, and marks mistakes: put
it beside the contract, and let that begin with a line such as

  # yaml-language-server: $schema=contract.schema.json`,
		Example: examples(`
			tpp schema > contract.schema.json`),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(schemas.Contract)
			return err
		},
	}
}
