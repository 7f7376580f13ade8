package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"strings"
	"time"

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
in the body. Without a contract, it prints whole bodies.

The token comes from --token, --token-file or $TPP_TOKEN. Prefer the last two:
other users of the machine can see the flags of a command.

If the call fails, the reason goes to standard error with the service's error
code. Interrupting the command ends the call. That's no failure if the contract
says that the stream never ends.`,
		Example: examples(`
			tpp call localhost:7777 healthcheck
			tpp call localhost:7777 list_builders -d @checkout.json --contract slave.yaml
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
	f.StringVar(&c.token, "token", "", "the service's `TOKEN`")
	f.StringVar(&c.tokenFile, "token-file", "", "a `FILE` with the token")
	f.StringArrayVar(&c.envelope, "envelope", nil, "a `KEY=VALUE` beside token, action and body; VALUE is JSON or else a string; repeatable")
	f.StringVar(&c.wire, "wire", wires[0].name, "the `PROTOCOL` to speak: "+wireList())
	c.tls.flags(cmd)
	f.DurationVar(&c.timeout, "timeout", 0, "give up after this `TIME`, such as 5s (default never)")
	c.refFlag(cmd)
	f.BoolVar(&c.json, "json", false, "print an error as JSON: an object with code, name, reason, pointer, message and data")
	cmd.MarkFlagFilename("contract", "yaml", "yml", "json")
	cmd.MarkFlagFilename("token-file")
	cmd.RegisterFlagCompletionFunc("wire", cobra.FixedCompletions(wireNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// A callRun is one run of call.
type callRun struct {
	reader
	data      string
	upload    bool
	contract  string
	token     string
	tokenFile string
	envelope  []string
	wire      string
	tls       tlsFlags
	timeout   time.Duration
	json      bool
}

func (c *callRun) run(cmd *cobra.Command, addr, name string) error {
	if err := c.check(1); err != nil {
		return err
	}
	if c.timeout < 0 {
		return usagef("--timeout %v: want a positive time", c.timeout)
	}
	if c.token != "" && c.tokenFile != "" {
		return usagef("--token and --token-file: give one of them")
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
	w, err := wireNamed(c.wire)
	if err != nil {
		return err
	}
	token, err := c.secret()
	if err != nil {
		return err
	}
	config, err := c.tls.config()
	if err != nil {
		return err
	}
	// Nothing is left to wait for when it is closed: its only call is over then.
	conn := &runtime.Client{Wire: w.wire, Addr: addr, Token: token, TLS: config, Grace: -1}
	defer conn.Close()

	ctx := cmd.Context()
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	answered := false
	do := func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		return conn.Do(ctx, req, runtime.ResponderFunc(func(m runtime.Message) error {
			answered = true
			return out.Respond(m)
		}))
	}
	var perform runtime.Func = do
	if c.upload {
		perform = a.uploading(do, cmd.InOrStdin())
	}
	err = a.call(ctx, perform, body, envelope.message(), cmd.OutOrStdout())
	interrupted := cmd.Context().Err() != nil
	reason := runtime.ReasonOf(err)
	switch {
	case err == nil, interrupted && a.endless():
		return nil
	case interrupted && reason == runtime.Canceled:
		err = runtime.Canceled.Errorf("interrupted")
	case late(ctx, err):
		err = runtime.DeadlineExceeded.Errorf("gave up after %v", c.timeout)
	}
	failure := a.failure(err)
	if config == nil && !answered && (reason == runtime.Unavailable || reason == runtime.BadResponse) && speaksTLS(ctx, addr) {
		failure.Message += "; the service speaks TLS: add --tls"
	}
	if !c.json {
		return failure
	}
	if err := printJSON(cmd.ErrOrStderr(), failure); err != nil {
		return err
	}
	return &reportedError{failure}
}

// late reports whether err means that the deadline of ctx passed. The deadline
// travels with the call, so the service may notice first, a moment before we do.
func late(ctx context.Context, err error) bool {
	end, ok := ctx.Deadline()
	if !ok || time.Until(end) > 50*time.Millisecond {
		return false
	}
	return runtime.ReasonOf(err) == runtime.DeadlineExceeded
}

// secret returns the token to send, or "" if there is none.
func (c *callRun) secret() (string, error) {
	if c.tokenFile == "" {
		return cmp.Or(c.token, os.Getenv("TPP_TOKEN")), nil
	}
	data, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return "", err
	}
	token := strings.TrimRight(string(data), "\r\n")
	if token == "" {
		return "", errors.New(c.tokenFile + " holds no token")
	}
	return token, nil
}
