package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/runtime"
)

func callCommand() *cobra.Command {
	c := &callRun{}
	cmd := &cobra.Command{
		Use:   "call ADDR ACTION [flags]",
		Short: "Call an action of a service",
		Long: `Call sends one request to the service at ADDR, which is host:port or unix:/path,
and prints the response as a line of JSON, or each item of a stream as a line
when it arrives. It speaks TPP, or the protocol in --wire.

An action that takes an upload gets its items from standard input, one line of
JSON each, as they come. The contract says which actions do, or --upload.

With --contract, call checks the request before sending it and each response
before printing it, and prints only the result, without the key that it's under
in the body. --ask does the same with the contract that the service tells, if it
does. Without a contract, call prints whole bodies.

The token comes from --token, --token-file or $TPP_TOKEN. Prefer the last two:
other users of the machine can see the flags of a command.

If the call fails, the reason goes to standard error with the service's error
code. Interrupting the command ends the call. That's no failure if the contract
says that the stream never ends.

Call gives up if there is no answer after 30s: some services never answer an
action that they don't know. A stream that has begun may take any time, and so
may an upload; a stream that never ends may also begin late. With --timeout, the
whole call has that time.`,
		Example: examples(`
			tpp call localhost:7777 healthcheck
			tpp call localhost:7777 list_builders -d @checkout.json --contract slave.yaml
			tpp call localhost:7777 list_builders -d @checkout.json --ask
			tpp describe slave.yaml build --skeleton | tpp call localhost:7777 build -d -
			tpp call hole.example.org:6666 repo-list --tls --envelope user_id=5f8d0c
			tpp call localhost:9123 healthcheck --wire tinyproto
			tail -f readings.json | tpp call localhost:7777 store --contract sensors.yaml
			TPP_TOKEN=$(pass slave) tpp call unix:/run/slave.sock healthcheck --timeout 2s`),
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 2:
				return usagef("name an address and an action")
			case !strings.Contains(args[0], ":"):
				return usagef("address %q: want host:port or unix:/path", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args[0], args[1]) },
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) != 1 || c.contract == "" {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeActions(c.contract)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&c.data, "data", "d", "", "the request's body: `JSON`, @FILE, or - for standard input (default {})")
	f.BoolVar(&c.upload, "upload", false, "upload the items on standard input (default what the contract says)")
	f.StringVar(&c.contract, "contract", "", "the `FILE` with the service's contract")
	f.BoolVar(&c.ask, "ask", false, "ask the service for its contract, and use that")
	f.StringArrayVar(&c.envelope, "envelope", nil, "a `KEY=VALUE` beside token, action and body; VALUE is JSON or else a string; repeatable")
	c.connection.flags(cmd)
	c.refFlag(cmd)
	f.BoolVar(&c.json, "json", false, "print an error as JSON: an object with code, name, reason, pointer, message and data")
	cmd.MarkFlagFilename("contract", "yaml", "yml", "json")
	return cmd
}

// A callRun is one run of call.
type callRun struct {
	reader
	connection
	data     string
	upload   bool
	contract string
	ask      bool
	envelope []string
	json     bool
}

func (c *callRun) run(cmd *cobra.Command, addr, name string) error {
	if err := errors.Join(c.reader.check(1), c.connection.check()); err != nil {
		return err
	}
	if c.ask && c.contract != "" {
		return usagef("give --ask or --contract, not both")
	}
	envelope, err := parseEnvelope(c.envelope)
	if err != nil {
		return err
	}
	a := &action{name: name}
	if c.contract != "" {
		if a, err = c.action(name); err != nil {
			return err
		}
	}
	conn, err := c.open(addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := c.limited(cmd.Context())
	defer cancel()
	if c.ask {
		all, err := c.contracts(ctx, addr, conn.Do, c.options)
		if err != nil {
			return c.report(cmd, err)
		}
		if a, err = actionIn(addr, all, name); err != nil {
			return err
		}
	}
	if err := c.checkUpload(a); err != nil {
		return err
	}
	body, err := document(c.data, cmd.InOrStdin())
	if err != nil {
		return err
	}
	if a.model != nil {
		if err := a.checkRequest(body, envelope); err != nil {
			return err
		}
	}
	p := c.patience(ctx, !c.upload && !a.endless())
	defer p.end()
	do := func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		return conn.Do(ctx, req, runtime.ResponderFunc(func(m runtime.Message) error {
			p.answered()
			return out.Respond(m)
		}))
	}
	var perform runtime.Func = do
	if c.upload {
		perform = a.uploading(do, cmd.InOrStdin())
	}
	err = a.call(p.ctx, perform, body, envelope.message(), cmd.OutOrStdout())
	if err == nil || cmd.Context().Err() != nil && a.endless() {
		return nil
	}
	return c.report(cmd, c.failure(p, cmd.Context(), a, err))
}

// report returns err, or prints it as JSON if that is asked for.
func (c *callRun) report(cmd *cobra.Command, err error) error {
	var failure *callError
	if !c.json || !errors.As(err, &failure) {
		return err
	}
	if err := printJSON(cmd.ErrOrStderr(), failure); err != nil {
		return err
	}
	return &reportedError{failure}
}
