// Command bridge is a gateway from TPP to a greeter that speaks tinyproto. A generated client
// implements the service's interface, so it is the handler, and there is nothing to write.
//
//	go run ./examples/quickstart -wire tinyproto -serve localhost:9123 &
//	go run ./examples/bridge -from localhost:7777 -to localhost:9123
//	go tool tpp call localhost:7777 greet --token secret -d '{"name":"Ada"}'
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"

	"github.com/tpp-rpc/tpp/examples/quickstart/greeter"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

const token = "secret" // of the gateway and of the greeter

func main() {
	from := flag.String("from", "localhost:7777", "the `address` to serve TPP at")
	to := flag.String("to", "localhost:9123", "the `address` of the tinyproto service")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", *from)
	if err == nil {
		err = bridge(ctx, listener, *to)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bridge:", err)
		os.Exit(1)
	}
}

// bridge serves the actions of the service at addr, until ctx ends.
func bridge(ctx context.Context, listener net.Listener, addr string) error {
	conn := &runtime.Client{Wire: tinyproto.Wire{}, Addr: addr, Token: token}
	defer conn.Close()
	mux := new(runtime.Mux)
	greeter.Register(mux, greeter.NewClient(conn.Do))
	srv := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: auth.Plain(map[string]string{"me": token})}
	return srv.Serve(ctx, listener)
}
