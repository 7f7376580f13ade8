// Command slave drives a slave of ToxicBuild. It checks its health, lists the builders of a
// repository, runs a builder and prints the build, or cancels a build.
//
//	go run ./examples/slave -token … health
//	go run ./examples/slave -token … list -url https://example.org/repo.git -branch main
//	go run ./examples/slave -token … build -url https://example.org/repo.git -branch main -env WHO=world unit-tests
//	go run ./examples/slave -token … cancel 0b7c4c6e-2d0e-4a5e-9c39-6f8a1d3b5e77
//
// The token may also be in the environment variable TOXICSLAVE_TOKEN. An interrupt cancels the
// build. The exit status is 0 for a successful build, 1 for a failed build or another error,
// and 2 for a wrong command line.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/tpp-rpc/tpp/examples/slave/slave"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// A command is one thing to do with a slave. Its flags and arguments follow its name.
type command struct {
	name  string
	usage string
	run   func(ctx context.Context, s slave.Slave, out io.Writer, args []string) error
}

var commands = []command{
	{"health", "", health},
	{"list", "-url URL -branch BRANCH [flags]", list},
	{"build", "-url URL -branch BRANCH [flags] BUILDER", build},
	{"cancel", "UUID", cancel},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Stdout, os.Args[1:])
	switch {
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "slave:", err)
		os.Exit(1)
	}
}

// errUsage is returned when the usage has been printed.
var errUsage = errors.New("usage")

func run(ctx context.Context, out io.Writer, args []string) error {
	flags := flag.NewFlagSet("slave", flag.ContinueOnError)
	addr := flags.String("addr", "localhost:7777", "the slave's `host:port`")
	token := flags.String("token", os.Getenv("TOXICSLAVE_TOKEN"), "the slave's access `token`")
	secure := flags.Bool("tls", false, "speak TLS")
	skipVerify := flags.Bool("skip-verify", false, "with -tls: don't check the slave's certificate")
	flags.Usage = func() {
		w := flags.Output()
		fmt.Fprintln(w, "usage:")
		for _, c := range commands {
			fmt.Fprintln(w, "  slave [flags]", c.name, c.usage)
		}
		fmt.Fprintln(w, "flags:")
		flags.PrintDefaults()
	}
	if flags.Parse(args) != nil {
		return errUsage
	}
	conn := &runtime.Client{Wire: tpp.Wire{}, Addr: *addr, Token: *token}
	if *secure {
		conn.TLS = &tls.Config{InsecureSkipVerify: *skipVerify}
	}
	defer conn.Close()
	for _, c := range commands {
		if c.name == flags.Arg(0) {
			return c.run(ctx, slave.NewClient(conn.Do), out, flags.Args()[1:])
		}
	}
	flags.Usage()
	return errUsage
}

func health(ctx context.Context, s slave.Slave, out io.Writer, _ []string) error {
	if err := s.Healthcheck(ctx, nil); err != nil {
		return err
	}
	fmt.Fprintln(out, "alive")
	return nil
}

func list(ctx context.Context, s slave.Slave, out io.Writer, args []string) error {
	var c checkout
	flags := c.flags("list")
	if flags.Parse(args) != nil || !c.complete(flags, 0) {
		return errUsage
	}
	builders, err := s.ListBuilders(ctx, &slave.ListBuildersRequest{
		RepoID:    c.id(),
		RepoURL:   c.url,
		Branch:    c.branch,
		NamedTree: c.named(),
	})
	if err != nil {
		return err
	}
	for _, name := range builders {
		fmt.Fprintln(out, name)
	}
	return nil
}

func cancel(ctx context.Context, s slave.Slave, out io.Writer, args []string) error {
	if len(args) != 1 {
		return errors.New("cancel wants the UUID that build has printed")
	}
	running, err := s.CancelBuild(ctx, &slave.CancelBuildRequest{BuildUUID: args[0]})
	if err != nil {
		return err
	}
	if !running {
		return errors.New("no step of that build is running")
	}
	fmt.Fprintln(out, "cancelled")
	return nil
}
