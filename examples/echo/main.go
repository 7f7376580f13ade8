// Command echo is the example in the documentation of the Python library tinyproto, in Go.
// Clients and servers in both languages work together.
//
//	go run ./examples/echo -serve
//	go run ./examples/echo
//
// The client sends the lines of its standard input and prints the answers. QUIT ends the
// connection; SRVQUIT ends the server and every connection.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"

	"github.com/tpp-rpc/tpp/runtime/tinyproto"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:9123", "where the server listens")
	asServer := flag.Bool("serve", false, "be the server")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	var err error
	if *asServer {
		s := newServer(log.Default())
		s.Addrs = []string{*addr}
		err = s.ListenAndServe(ctx)
	} else {
		err = talk(ctx, *addr, os.Stdin, os.Stdout)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// newServer returns a server that echoes.
func newServer(log *log.Logger) *tinyproto.Server {
	s := &tinyproto.Server{
		Opened: func(c *tinyproto.Conn) { log.Println("opened", c.RemoteAddr()) },
		Closed: func(c *tinyproto.Conn, err error) { log.Println("closed", c.RemoteAddr(), err) },
	}
	s.Loop.Message = func(ctx context.Context, c *tinyproto.Conn, msg []byte) error {
		switch string(msg) {
		case "QUIT":
			return c.Close()
		case "SRVQUIT":
			s.Stop()
			return nil
		}
		return c.Transmit(ctx, fmt.Appendf(nil, "Echo back: %s", msg))
	}
	return s
}

// talk sends each line of in to the server at addr, and writes the answers to out. It ends at
// a line without an answer.
func talk(ctx context.Context, addr string, in io.Reader, out io.Writer) error {
	c, err := tinyproto.Dial(ctx, addr)
	if err != nil {
		return err
	}
	defer c.Close()
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := c.Transmit(ctx, lines.Bytes()); err != nil {
			return err
		}
		if line := lines.Text(); line == "QUIT" || line == "SRVQUIT" {
			return nil
		}
		answer, err := c.Receive(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\n", answer)
	}
	return lines.Err()
}
