package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
)

// Every wire carries the same calls, plain and over TLS.
func Example() {
	for _, w := range wires {
		for _, secure := range []bool{false, true} {
			fmt.Printf("-- %s, TLS: %v\n", w.name, secure)
			if err := run(context.Background(), os.Stdout, w, secure); err != nil {
				fmt.Println(err)
			}
		}
	}

	// Output:
	// -- tpp, TLS: false
	// greet Ada in pt-BR: Olá, Ada!
	// count down from 3: 3 2 1 0
	// greet Ada in la: error: the greeter doesn't know "la"
	// -- tpp, TLS: true
	// greet Ada in pt-BR: Olá, Ada!
	// count down from 3: 3 2 1 0
	// greet Ada in la: error: the greeter doesn't know "la"
	// -- classic, TLS: false
	// greet Ada in pt-BR: Olá, Ada!
	// count down from 3: 3 2 1 0
	// greet Ada in la: error: the greeter doesn't know "la"
	// -- classic, TLS: true
	// greet Ada in pt-BR: Olá, Ada!
	// count down from 3: 3 2 1 0
	// greet Ada in la: error: the greeter doesn't know "la"
	// -- tinyproto, TLS: false
	// greet Ada in pt-BR: Olá, Ada!
	// count down from 3: 3 2 1 0
	// greet Ada in la: error: the greeter doesn't know "la"
	// -- tinyproto, TLS: true
	// greet Ada in pt-BR: Olá, Ada!
	// count down from 3: 3 2 1 0
	// greet Ada in la: error: the greeter doesn't know "la"
	// -- socketproto, TLS: false
	// greet Ada in pt-BR: Olá, Ada!
	// count down from 3: 3 2 1 0
	// greet Ada in la: error: the greeter doesn't know "la"
	// -- socketproto, TLS: true
	// greet Ada in pt-BR: Olá, Ada!
	// count down from 3: 3 2 1 0
	// greet Ada in la: error: the greeter doesn't know "la"
}

// README.md calls the greeter by hand: a byte count, a line feed, and that many bytes of JSON.
func Example_byHand() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- newServer(wires[0]).Serve(ctx, listener) }()
	defer func() { stop(); <-ended }()

	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, "76\n", `{"token":"secret","action":"greet","body":{"name":"Ada","language":"pt-BR"}}`)
	answer, err := io.ReadAll(conn)
	fmt.Println(string(answer), err)

	// Output:
	// 53
	// {"code":0,"body":{"greet":{"greeting":"Olá, Ada!"}}} <nil>
}
