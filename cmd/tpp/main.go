// Tpp compiles contracts into typed code, and calls the services behind them.
//
// A contract is a YAML or JSON file that lists the actions of a service, with
// their requests and responses in JSON Schema. From it tpp makes a Go package:
// types that decode, check and encode themselves, an interface for handlers, a
// client and a function that registers a service. Services speak TPP, the
// ToxicBuild Poor's Protocol, or tinyproto or socketproto.
//
//	tpp check slave.yaml                  is anything wrong with the contract?
//	tpp describe slave.yaml build         what does an action take and return?
//	tpp gen slave.yaml                    write the Go package
//	tpp call localhost:7777 healthcheck   call a service
//
// Each command has help with examples: tpp help gen.
//
// # In a Go module
//
// Make the command a tool of the module, so that everyone who builds it has the
// same version, and run it with go generate:
//
//	go get -tool github.com/tpp-rpc/tpp/cmd/tpp@latest
//
//	//go:generate go tool tpp gen slave.yaml
//
// Commit the generated files. In continuous integration, gen --check fails if
// they no longer match their contracts.
//
// # Output and exit status
//
// Data goes to standard output and messages to standard error. With --json,
// commands print JSON, one value a line. All problems of a contract are reported
// together, as file:line:column: message. A terminal gets control characters
// that a service or a contract has sent as escapes, such as \u001b; files and
// other programs get them as they are.
//
// The status is 0 for success, 1 if a call or a check failed or a file couldn't
// be read or written, and 2 if the command line is wrong.
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
