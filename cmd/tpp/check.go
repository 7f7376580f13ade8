package main

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen"
)

// analyzers look at each contract that can be read; check reports what they find.
var analyzers []gen.Analyzer

func checkCommand() *cobra.Command {
	k := &checkRun{}
	cmd := &cobra.Command{
		Use:   "check CONTRACT… [flags]",
		Short: "Report everything that is wrong with contracts",
		Long: `Check reports everything that is wrong with contracts, each problem as
file:line:column: message, and fails if there is any. Gen accepts every contract
that check accepts, with the same --lang.`,
		Example: examples(`
			tpp check slave.yaml
			tpp check contracts/*.yaml --json
			tpp check --types order.schema.json --dialect http://json-schema.org/draft-07/schema#`),
		Args: atLeastOneContract,
		RunE: func(cmd *cobra.Command, args []string) error {
			err := k.run(args)
			var usage *usageError
			if err != nil && k.json && !errors.As(err, &usage) {
				return reportJSON(cmd.OutOrStdout(), err)
			}
			return err
		},
	}
	f := cmd.Flags()
	langFlag(cmd, &k.langs, emitterNames(), "a comma-separated `LIST` of what gen is to write")
	k.flags(cmd)
	f.BoolVar(&k.json, "json", false, "print problems to standard output as JSON, one object a line")
	return cmd
}

// A checkRun is one run of check.
type checkRun struct {
	reader
	langs []string
	json  bool
}

// run returns everything that's wrong with some contracts.
func (k *checkRun) run(names []string) error {
	emitters, err := emittersNamed(k.langs)
	if err != nil {
		return err
	}
	if err := k.check(len(names)); err != nil {
		return err
	}
	var problems []error
	for _, name := range names {
		c, err := k.read(name)
		if err == nil {
			_, err = emit(c, name, emitters, filepath.Dir(name), "")
			for _, analyze := range analyzers {
				err = errors.Join(err, analyze(c).Err())
			}
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
