package main

import "github.com/spf13/cobra"

// helpCommand is like cobra's help, but fails if there is no such command.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, c := range cmd.Root().Commands() {
				if len(args) == 0 && c.IsAvailableCommand() {
					names = append(names, c.Name()+"\t"+c.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			switch {
			case err != nil || about == cmd.Root() && len(rest) > 0:
				return usagef("there is no command %q", args[0])
			case len(rest) > 0:
				return usagef("%s has no subcommand %q: use %s help %s",
					about.Name(), rest[0], cmd.Root().Name(), about.Name())
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}
