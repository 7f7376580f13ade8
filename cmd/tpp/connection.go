package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/runtime"
)

// A connection holds the flags that say how to reach a service.
type connection struct {
	token     string
	tokenFile string
	wire      string
	tls       tlsFlags
	timeout   time.Duration
	timed     func() bool // whether there is a --timeout

	heard firstBytes
}

func (c *connection) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.token, "token", "", "the service's `TOKEN`")
	f.StringVar(&c.tokenFile, "token-file", "", "a `FILE` with the token")
	f.StringVar(&c.wire, "wire", wires[0].name, "the `PROTOCOL` to speak: "+wireList())
	c.tls.flags(cmd)
	f.DurationVar(&c.timeout, "timeout", 0, "give up after this `TIME`, such as 5s, or never if 0 (default 30s without an answer)")
	c.timed = func() bool { return f.Changed("timeout") }
	cmd.MarkFlagFilename("token-file")
	cmd.RegisterFlagCompletionFunc("wire", cobra.FixedCompletions(wireNames(), cobra.ShellCompDirectiveNoFileComp))
}

// check reports flags that are wrong whatever the service is.
func (c *connection) check() error {
	if c.timeout < 0 {
		return usagef("--timeout %v: want a time, or 0 for never", c.timeout)
	}
	if c.token != "" && c.tokenFile != "" {
		return usagef("give --token or --token-file, not both")
	}
	return nil
}

// open returns a client of the service at addr.
func (c *connection) open(addr string) (*runtime.Client, error) {
	w, err := wireNamed(c.wire)
	if err != nil {
		return nil, err
	}
	token, err := c.secret()
	if err != nil {
		return nil, err
	}
	config, err := c.tls.config()
	if err != nil {
		return nil, err
	}
	// Nothing is left to wait for when it is closed: no call runs then.
	client := &runtime.Client{Wire: w.wire, Addr: addr, Token: token, TLS: config, Grace: -1}
	if config == nil {
		client.Dial = c.heard.dial
	}
	return client, nil
}

// secret returns the token to send, or "" if there is none.
func (c *connection) secret() (string, error) {
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

// limited returns a context that ends after the timeout, if there is one.
func (c *connection) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.timeout > 0 {
		return context.WithTimeout(ctx, c.timeout)
	}
	return context.WithCancel(ctx)
}

// patience returns the time limit of a call with a context from limited. Soon sets a limit
// for the first answer if there is no --timeout.
func (c *connection) patience(ctx context.Context, soon bool) *patience {
	if c.timed() || !soon {
		return newPatience(ctx, 0)
	}
	return newPatience(ctx, firstAnswer)
}

// failure returns why a call failed that p limited. User is the context of the command.
func (c *connection) failure(p *patience, user context.Context, a *action, err error) *callError {
	reason := runtime.ReasonOf(err)
	switch {
	case user.Err() != nil && reason == runtime.Canceled:
		err = runtime.Canceled.Errorf("interrupted")
	case p.lost(err) && c.timed():
		err = runtime.DeadlineExceeded.Errorf("gave up after %v", c.timeout)
	case p.lost(err):
		err = runtime.DeadlineExceeded.Errorf("gave up after %v", firstAnswer)
	}
	failure := a.failure(err)
	if reason == runtime.Unavailable || reason == runtime.BadResponse {
		failure.Message += c.heard.hint()
	}
	return failure
}

// contractAction is the action that contracts asks for.
const contractAction = "tpp.contract"

// contracts asks the service at addr for its contracts. They can't refer to files: a peer
// must not make this side read any.
func (c *connection) contracts(ctx context.Context, addr string, do runtime.Func, o load.Options) ([]*model.Contract, error) {
	p := c.patience(ctx, true)
	defer p.end()
	texts, err := runtime.Contracts(p.ctx, do)
	if err != nil {
		failure := c.failure(p, ctx, &action{name: contractAction}, err)
		if errors.Is(err, runtime.UnknownAction) {
			failure.Message += ": the service doesn't publish its contract"
		}
		return nil, failure
	}
	var all []*model.Contract
	for _, text := range texts {
		contract, err := load.Bundled(addr, string(text), o)
		if err != nil {
			return nil, err
		}
		all = append(all, contract)
	}
	if all == nil {
		return nil, runtime.BadResponse.Errorf("%s has no contract", addr)
	}
	return all, nil
}

// isAddress reports whether a command's argument is where a service is, rather than a file:
// it has a colon, isn't called like a contract, and there is no such file.
func isAddress(arg string) bool {
	if !strings.Contains(arg, ":") {
		return false
	}
	for _, ending := range []string{".yaml", ".yml", ".json"} {
		if strings.HasSuffix(strings.ToLower(arg), ending) {
			return false
		}
	}
	_, err := os.Stat(arg)
	return err != nil
}
