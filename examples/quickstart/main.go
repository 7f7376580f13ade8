// Command quickstart serves a greeter and calls it, in one run:
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -wire tinyproto -tls
//
// With -serve it only serves, until it is interrupted, for those who want to
// call it by something else. The token is "secret".
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
	secure := flag.Bool("tls", false, "encrypt, with a certificate made just now")
	addr := flag.String("serve", "", "serve at this `address` and don't call")
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

// newServer returns a server that speaks w.
func newServer(w wire) *runtime.Server {
	mux := new(runtime.Mux)
	greeter.Register(mux, service{})
	return &runtime.Server{
		Wire:    w.wire,
		Handler: mux,
		Auth:    auth.Plain(map[string]string{"me": token}),
		Log:     slog.Default(),
	}
}

// listen returns a listener at addr and, if it's secure, what its clients need to trust it.
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

// run serves at a free port and calls what it serves.
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

// call calls each action of g, and once in a way that fails.
func call(ctx context.Context, out io.Writer, g greeter.Greeter) error {
	resp, err := g.Greet(ctx, &greeter.GreetRequest{Name: "Ada", Language: new("pt-BR")})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, resp.Greeting)

	for item, err := range g.Countdown(ctx, &greeter.CountdownRequest{From: 3}) {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%d, ", item.Left)
	}
	fmt.Fprintln(out, "go!")

	_, err = g.Greet(ctx, &greeter.GreetRequest{Name: "Ada", Language: new("la")})
	if !errors.Is(err, greeter.ErrUnknownLanguage) {
		return fmt.Errorf("greeting in Latin: %w", err)
	}
	fmt.Fprintln(out, err)
	return nil
}
