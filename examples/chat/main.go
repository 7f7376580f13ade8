// Command chat is the chat of the Python library tinyproto, in Go: either end of it works with
// either end of that one.
//
//	go run ./examples/chat -serve
//	go run ./examples/chat
//
// Everybody gets what the others say, with a name in brackets. A client sends the lines of its
// standard input; the line quit is its last.
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

// newServer returns a server that tells everybody what the others say.
func newServer() *tinyproto.Server {
	s := new(tinyproto.Server)
	var names names
	tell := func(ctx context.Context, c *tinyproto.Conn, text string) {
		// Somebody who can't be told is disconnected for it, and leaves the chat.
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

// Names are numbers that stand for those who are there.
type names struct {
	mu   sync.Mutex
	last int
	all  map[*tinyproto.Conn]int
}

// of returns the name of c, which is a new one at first.
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

// chat sends each line of in to the server at addr, and writes to out what the
// others say meanwhile. It ends after the line quit, with in, or at a line that the
// server isn't there for any more.
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
