package main

import (
	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/schemas"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of contracts, for editors",
		Long: `Schema prints the JSON Schema of contracts. With it, an editor completes and
explains the keys of a contract, and marks mistakes. Put it beside the contract,
and begin the contract with a line such as

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
