package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

func Example() {
	l, err := tinyproto.Listen("127.0.0.1:0", "[::1]:0")
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- newServer(log.New(io.Discard, "", 0)).Serve(context.Background(), l) }()

	talk(context.Background(), l.Addrs()[0].String(), strings.NewReader("hello\nQUIT\n"), os.Stdout)
	talk(context.Background(), l.Addrs()[1].String(), strings.NewReader("hello over IPv6\nSRVQUIT\n"), os.Stdout)
	fmt.Println(<-ended)
	// Output:
	// Echo back: hello
	// Echo back: hello over IPv6
	// <nil>
}

func TestTalk_pythonServer(t *testing.T) {
	addr := peertest.Serve(t, peertest.TinyServer, peertest.Settings{Mode: "echo"})
	for _, test := range []struct{ in, out string }{
		{"one\ntwo\nQUIT\n", "Echo back: one\nEcho back: two\n"},
		{"three\nSRVQUIT\n", "Echo back: three\n"},
	} {
		var out strings.Builder
		if err := talk(t.Context(), addr, strings.NewReader(test.in), &out); err != nil || out.String() != test.out {
			t.Errorf("talk(%q) writes %q, %v, want %q", test.in, &out, err, test.out)
		}
	}
}

func TestServer_pythonClient(t *testing.T) {
	l, err := tinyproto.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- newServer(log.New(io.Discard, "", 0)).Serve(t.Context(), l) }()
	client := peertest.Connect(t, peertest.TinyClient, l.Addr().String(), peertest.Settings{})
	for _, step := range []struct {
		command  map[string]any
		returned string
	}{
		{map[string]any{"connect": nil}, "true"},
		{map[string]any{"transmit": "hello"}, "null"},
		{map[string]any{"receive": 5}, `"Echo back: hello"`},
		{map[string]any{"transmit": "QUIT"}, "null"},
		{map[string]any{"close": nil}, "null"},
		{map[string]any{"connect": nil}, "true"},
		{map[string]any{"transmit": "SRVQUIT"}, "null"},
	} {
		if o := client.Do(step.command); string(o.Returned) != step.returned {
			t.Fatalf("%v = %s, %s: %s, want %s", step.command, o.Returned, o.Raised, o.Message, step.returned)
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
}
