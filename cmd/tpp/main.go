// Tpp compiles contracts into typed code, and calls the services behind them.
//
// A contract is a YAML or JSON file that says, in JSON Schema, which actions a
// service has, what each is asked and what it answers. From it tpp makes a Go
// package: types that decode, check and encode themselves, one interface for
// handlers, a client and a server's registration. Services speak TPP, the
// ToxicBuild Poor's Protocol, or tinyproto or socketproto.
//
//	tpp check slave.yaml                  is the contract all right?
//	tpp describe slave.yaml build         what does an action want?
//	tpp gen slave.yaml                    write the Go package
//	tpp call localhost:7777 healthcheck   call a service, whoever wrote it
//
// Every command has its own help with examples: tpp help gen.
//
// # In a Go module
//
// Add the command to the tools of a module, so that everybody who builds it has
// the same version, and let go generate run it:
//
//	go get -tool github.com/tpp-rpc/tpp/cmd/tpp@latest
//
//	//go:generate go tool tpp gen slave.yaml
//
// Generated files are meant to be committed. In continuous integration, gen
// with --check fails if they don't fit their contracts any more.
//
// # Output and exit status
//
// Data goes to standard output, messages go to standard error. With --json,
// commands print JSON for machines, one value a line. What's wrong with a
// contract is told all at once, as file:line:column: message.
//
// The status is 0 if all went well, 1 if a call or a check failed or a file
// couldn't be read or written, and 2 if the command line made no sense.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
