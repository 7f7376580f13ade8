package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// commands makes what tpp can do, in the order of its help.
var commands = []func() *cobra.Command{
	genCommand,
	checkCommand,
	describeCommand,
	callCommand,
	schemaCommand,

	completionCommand,
	versionCommand,
}

// The exit statuses.
const (
	statusOK     = 0
	statusFailed = 1 // a call or a check failed, or a file couldn't be read or written
	statusUsage  = 2 // the command line makes no sense
)

// run does what the command line args ask for and returns the exit status.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	understood := false // the command line, but for what the command itself looks at
	root := rootCommand()
	root.PersistentPreRun = func(*cobra.Command, []string) { understood = true }
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	cmd, err := root.ExecuteContextC(ctx)

	var usage *usageError
	switch {
	case err == nil:
		return statusOK
	case !understood || errors.As(err, &usage):
		fmt.Fprintf(errs, "%s: %v\nTry %q for help.\n", cmd.CommandPath(), err, cmd.CommandPath()+" --help")
		return statusUsage
	}
	tell(errs, cmd, err)
	return statusFailed
}

func rootCommand() *cobra.Command {
	cobra.EnableCommandSorting = false // the table's order is better
	root := &cobra.Command{
		Use:   "tpp",
		Short: "Compile contracts into typed Go, and call the services behind them",
		Long: `Tpp compiles contracts into typed Go, and calls the services behind them.

A contract is a YAML or JSON file that says in JSON Schema what a service can
be asked, and what it answers.`,
		Example: examples(`
			tpp check slave.yaml                  # is the contract all right?
			tpp describe slave.yaml build         # what does an action want?
			tpp gen slave.yaml                    # write the Go package beside it
			tpp call localhost:7777 healthcheck   # call a service, whoever wrote it`),
		Version:           ownVersion().String(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetHelpCommand(helpCommand())
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().Bool("version", false, "print the version of tpp")
	for _, command := range commands {
		cmd := command()
		cmd.Flags().SortFlags = false
		cmd.DisableFlagsInUseLine = true
		root.AddCommand(cmd)
	}
	return root
}

// examples returns text as cobra shows it: indented by two.
func examples(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight("  "+strings.TrimPrefix(l, "\t\t\t"), " ")
	}
	return strings.Join(lines, "\n")
}

// A usageError tells that the command line makes no sense.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}
