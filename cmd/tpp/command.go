package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// commands makes the commands of tpp, in the order of the help.
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
	statusUsage  = 2 // the command line is wrong
)

// run executes the command line args and returns the exit status. All output goes through
// shown.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	out, errs = shown(out), shown(errs)
	understood := false // cobra accepted the command line
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
	cobra.EnableCommandSorting = false // keep the table's order
	root := &cobra.Command{
		Use:   "tpp",
		Short: "Compile contracts into typed Go, and call the services behind them",
		Long: `Tpp compiles contracts into typed Go, and calls the services behind them.

A contract is a YAML or JSON file that lists the actions of a service, with
their requests and responses in JSON Schema.`,
		Example: examples(`
			tpp check slave.yaml                  # is anything wrong with the contract?
			tpp describe slave.yaml build         # what does an action take and return?
			tpp gen slave.yaml                    # write the Go package beside it
			tpp call localhost:7777 healthcheck   # call a service`),
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

// examples returns text indented by two, as cobra shows it.
func examples(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight("  "+strings.TrimPrefix(l, "\t\t\t"), " ")
	}
	return strings.Join(lines, "\n")
}

// A usageError says what is wrong with the command line.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}
