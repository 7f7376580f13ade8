// Command quickstart serves a greeter and calls it, in one run. It prints each
// call and its result:
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -wire tinyproto -tls
//
// With -serve it only serves, until it is interrupted. Call it with "tpp call"
// or nc; the token is "secret".
//
//	go run ./examples/quickstart -serve localhost:7777
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"

	"github.com/tpp-rpc/tpp/examples/quickstart/greeter"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
)

const token = "secret"

func main() {
	wireName := flag.String("wire", "tpp", "the `name` of the protocol: "+wireNames())
	secure := flag.Bool("tls", false, "use TLS, with a certificate made for this run")
	addr := flag.String("serve", "", "serve at this `address`, and make no calls")
	flag.Parse()
	w, ok := findWire(*wireName)
	if !ok || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *addr != "" {
		err = serve(ctx, *addr, w, *secure)
	} else {
		err = run(ctx, os.Stdout, w, *secure)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// newServer returns a server for the wire w.
func newServer(w wire) *runtime.Server {
	mux := new(runtime.Mux)
	greeter.Register(mux, service{})
	mux.Describe(greeter.ContractJSON)
	return &runtime.Server{
		Wire:    w.wire,
		Handler: mux,
		Auth:    auth.Plain(map[string]string{"me": token}),
		Log:     slog.Default(),
	}
}

// listen returns a listener at addr. If secure, the listener speaks TLS, and the
// config makes a client trust it.
func listen(addr string, secure bool) (net.Listener, *tls.Config, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil || !secure {
		return listener, nil, err
	}
	server, client, err := newCertificate()
	if err != nil {
		listener.Close()
		return nil, nil, err
	}
	return tls.NewListener(listener, server), client, nil
}

// serve serves at addr until ctx ends.
func serve(ctx context.Context, addr string, w wire, secure bool) error {
	listener, _, err := listen(addr, secure)
	if err != nil {
		return err
	}
	return newServer(w).Serve(ctx, listener)
}

// run serves at a free port, calls that server, and stops it.
func run(ctx context.Context, out io.Writer, w wire, secure bool) error {
	listener, config, err := listen("127.0.0.1:0", secure)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- newServer(w).Serve(ctx, listener) }()

	conn := &runtime.Client{Wire: w.wire, Addr: listener.Addr().String(), Token: token, TLS: config}
	err = call(ctx, out, greeter.NewClient(conn.Do))
	conn.Close()
	stop()
	return errors.Join(err, <-served)
}

// call calls each action of g, and one of them in a way that fails.
func call(ctx context.Context, out io.Writer, g greeter.Greeter) error {
	resp, err := g.Greet(ctx, &greeter.GreetRequest{Name: "Ada", Language: new("pt-BR")})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "greet Ada in pt-BR:", resp.Greeting)

	fmt.Fprint(out, "count down from 3:")
	for item, err := range g.Countdown(ctx, &greeter.CountdownRequest{From: 3}) {
		if err != nil {
			return err
		}
		fmt.Fprint(out, " ", item.Left)
	}
	fmt.Fprintln(out)

	_, err = g.Greet(ctx, &greeter.GreetRequest{Name: "Ada", Language: new("la")})
	if !errors.Is(err, greeter.ErrUnknownLanguage) {
		return fmt.Errorf("greeting in Latin: %w", err)
	}
	fmt.Fprintln(out, "greet Ada in la: error:", err)
	return nil
}
