// Command chat is the chat example of the Python library tinyproto, in Go. Clients and servers
// in both languages work together.
//
//	go run ./examples/chat -serve
//	go run ./examples/chat
//
// Each client gets the lines of the others, with a number in brackets. A client sends the lines
// of its standard input and ends after the line quit.
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
	"sync"

	"github.com/tpp-rpc/tpp/runtime/tinyproto"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8088", "where the server listens")
	asServer := flag.Bool("serve", false, "be the server")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	var err error
	if *asServer {
		s := newServer()
		s.Addrs = []string{*addr}
		err = s.ListenAndServe(ctx)
	} else {
		err = chat(ctx, *addr, os.Stdin, os.Stdout)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// newServer returns a server that sends each client the lines of the others.
func newServer() *tinyproto.Server {
	s := new(tinyproto.Server)
	var names names
	tell := func(ctx context.Context, c *tinyproto.Conn, text string) {
		// A client that can't be reached is disconnected and leaves the chat.
		s.Broadcast(ctx, fmt.Appendf(nil, "[%d] %s", names.of(c), text), c)
	}
	s.Opened = func(c *tinyproto.Conn) { tell(context.Background(), c, "**joined the chat") }
	s.Closed = func(c *tinyproto.Conn, _ error) {
		tell(context.Background(), c, "**left the chat")
		names.forget(c)
	}
	s.Loop.Message = func(ctx context.Context, c *tinyproto.Conn, msg []byte) error {
		tell(ctx, c, string(msg))
		return nil
	}
	return s
}

// names are the numbers of the clients.
type names struct {
	mu   sync.Mutex
	last int
	all  map[*tinyproto.Conn]int
}

// of returns the number of c, a new one at the first call.
func (n *names) of(c *tinyproto.Conn) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all == nil {
		n.all = make(map[*tinyproto.Conn]int)
	}
	if n.all[c] == 0 {
		n.last++
		n.all[c] = n.last
	}
	return n.all[c]
}

func (n *names) forget(c *tinyproto.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.all, c)
}

// chat sends each line of in to the server at addr, and writes the lines of the others to
// out. It ends after the line quit, at the end of in, or when a line can't be sent.
func chat(ctx context.Context, addr string, in io.Reader, out io.Writer) error {
	d := tinyproto.Dialer{Loop: &tinyproto.Loop{
		Before: func(_ context.Context, c *tinyproto.Conn) error {
			_, err := fmt.Fprintf(out, "connected to %s\n", c.RemoteAddr())
			return err
		},
		Message: func(_ context.Context, _ *tinyproto.Conn, msg []byte) error {
			_, err := fmt.Fprintf(out, "%s\n", msg)
			return err
		},
	}}
	c, err := d.Dial(ctx, addr)
	if err != nil {
		return err
	}
	defer d.Wait()
	defer d.Close()
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := c.Transmit(ctx, lines.Bytes()); err != nil {
			return err
		}
		if lines.Text() == "quit" {
			return nil
		}
	}
	return lines.Err()
}
