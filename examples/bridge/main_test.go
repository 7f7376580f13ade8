package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"

	"github.com/tpp-rpc/tpp/examples/quickstart/greeter"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// A client that speaks TPP uses a service that speaks tinyproto. Results, streams and errors
// are the same.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	behind, front := listen(), listen()
	ended := make(chan error)
	go func() { ended <- serveTinyproto(ctx, behind) }()
	go func() { ended <- bridge(ctx, front, behind.Addr().String()) }()

	conn := &runtime.Client{Wire: tpp.Wire{}, Addr: front.Addr().String(), Token: token}
	client := greeter.NewClient(conn.Do)
	resp, err := client.Greet(ctx, &greeter.GreetRequest{Name: "Ada"})
	if err == nil {
		fmt.Println(resp.Greeting)
	}
	for item, err := range client.Countdown(ctx, &greeter.CountdownRequest{From: 2}) {
		fmt.Println(item.Left, err)
	}
	_, err = client.Greet(ctx, &greeter.GreetRequest{Name: "Ada", Language: new("la")})
	fmt.Println(errors.Is(err, greeter.ErrUnknownLanguage), err)

	conn.Close()
	stop()
	fmt.Println(errors.Join(<-ended, <-ended))

	// Output:
	// Hello, Ada!
	// 2 <nil>
	// 1 <nil>
	// 0 <nil>
	// true the greeter doesn't know "la"
	// <nil>
}

func listen() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return listener
}

// serveTinyproto serves a greeter over tinyproto.
func serveTinyproto(ctx context.Context, listener net.Listener) error {
	mux := new(runtime.Mux)
	greeter.Register(mux, english{})
	srv := &runtime.Server{Wire: tinyproto.Wire{}, Handler: mux, Auth: auth.Plain(map[string]string{"bridge": token})}
	return srv.Serve(ctx, listener)
}

// english is a Greeter that knows only English.
type english struct{}

func (english) Greet(_ context.Context, req *greeter.GreetRequest) (*greeter.GreetResponse, error) {
	if req.LanguageOrDefault() != "en" {
		return nil, greeter.ErrUnknownLanguage.Errorf("the greeter doesn't know %q", *req.Language)
	}
	return &greeter.GreetResponse{Greeting: "Hello, " + req.Name + "!"}, nil
}

func (english) Countdown(_ context.Context, req *greeter.CountdownRequest) iter.Seq2[greeter.CountdownItem, error] {
	return func(yield func(greeter.CountdownItem, error) bool) {
		for left := req.From; left >= 0 && yield(greeter.CountdownItem{Left: left}, nil); left-- {
		}
	}
}
