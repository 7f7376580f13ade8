package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"regexp"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// A person is a client of the chat: it says what is written to it, and reads what the others
// say.
type person struct {
	io.Writer
	*bufio.Scanner
	left chan error
}

func join(ctx context.Context, addr string) *person {
	in, say := io.Pipe()
	hear, out := io.Pipe()
	p := &person{say, bufio.NewScanner(hear), make(chan error, 1)}
	context.AfterFunc(ctx, func() { // ends the reads that wait
		in.Close()
		out.Close()
	})
	go func() {
		p.left <- chat(ctx, addr, in, out)
		out.Close()
	}()
	p.hears() // the message that it's connected
	return p
}

// hears returns the next line of another person.
func (p *person) hears() string {
	p.Scan()
	return p.Text()
}

// server returns a server, and a channel that gets a value when a person has joined.
func server() (*tinyproto.Server, chan struct{}) {
	s := newServer()
	joined := make(chan struct{}, 10)
	opened := s.Opened
	s.Opened = func(c *tinyproto.Conn) {
		opened(c)
		joined <- struct{}{}
	}
	return s, joined
}

func Example() {
	l, err := tinyproto.Listen("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s, joined := server()
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx, l) }()

	ann := join(ctx, l.Addr().String())
	<-joined
	bob := join(ctx, l.Addr().String())
	<-joined
	fmt.Println(ann.hears())
	fmt.Fprintln(ann, "hello, you")
	fmt.Println(bob.hears())
	fmt.Fprintln(bob, "hello yourself")
	fmt.Println(ann.hears())
	fmt.Fprintln(bob, "quit")
	fmt.Println(<-bob.left)
	fmt.Println(ann.hears())
	fmt.Println(ann.hears())
	fmt.Fprintln(ann, "quit")
	fmt.Println(<-ann.left)
	stop()
	fmt.Println(<-ended)
	// Output:
	// [2] **joined the chat
	// [1] hello, you
	// [2] hello yourself
	// <nil>
	// [2] quit
	// [2] **left the chat
	// <nil>
	// <nil>
}

// said compares a line of a Python client or server with want, except for the names.
func said(got, want string) error {
	if ok, _ := regexp.MatchString(`^\[[0-9a-f-]+\] `+regexp.QuoteMeta(want)+"$", got); !ok {
		return fmt.Errorf("heard %q, want %q and a name", got, want)
	}
	return nil
}

func heard(t *testing.T, got, want string) {
	t.Helper()
	if err := said(got, want); err != nil {
		t.Error(err)
	}
}

// The Python server sends a client nothing before the thread of its connection has begun, and
// messages that both ends begin at once are lost. So a conversation may fail; one of a few
// must succeed.
func TestChat_pythonServer(t *testing.T) {
	const attempts = 5
	for i := range attempts {
		err := converse(t, peertest.Serve(t, peertest.TinyServer, peertest.Settings{Mode: "chat"}))
		if err == nil {
			return
		}
		t.Logf("conversation %d: %v", i+1, err)
	}
	t.Errorf("none of %d conversations was complete", attempts)
}

// converse plays ann and bob, for a limited time.
func converse(t *testing.T, addr string) error {
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	ann := join(ctx, addr)
	bob := join(ctx, addr)
	if err := said(ann.hears(), "**joined the chat"); err != nil {
		return err
	}
	fmt.Fprintln(bob, "hello")
	if err := said(ann.hears(), "hello"); err != nil {
		return err
	}
	fmt.Fprintln(ann, "quit")
	if err := <-ann.left; err != nil {
		return err
	}
	for _, want := range []string{"quit", "**left the chat"} {
		if err := said(bob.hears(), want); err != nil {
			return err
		}
	}
	fmt.Fprintln(bob, "quit")
	return <-bob.left
}

func TestServer_pythonClient(t *testing.T) {
	l, err := tinyproto.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s, joined := server()
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx, l) }()

	client := peertest.Connect(t, peertest.TinyClient, l.Addr().String(), peertest.Settings{})
	do := func(what string, argument any) (returned string) {
		o := client.Do(map[string]any{what: argument})
		if o.Raised != "" {
			t.Fatalf("%s(%v): %s: %s", what, argument, o.Raised, o.Message)
		}
		json.Unmarshal(o.Returned, &returned)
		return returned
	}
	do("connect", nil)
	<-joined
	ann := join(ctx, l.Addr().String())
	heard(t, do("receive", 5), "**joined the chat")
	fmt.Fprintln(ann, "hello")
	heard(t, do("receive", 5), "hello")
	do("transmit", "hello yourself")
	heard(t, ann.hears(), "hello yourself")
	do("close", nil)
	heard(t, ann.hears(), "**left the chat")
	fmt.Fprintln(ann, "quit")
	if err := <-ann.left; err != nil {
		t.Error(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
}
