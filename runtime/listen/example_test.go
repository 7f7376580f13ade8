package listen_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/health"
	"github.com/tpp-rpc/tpp/runtime/listen"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// A server at a Unix socket. Every user who may open its folder may call it.
func ExampleAt() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	addr := "unix:" + filepath.Join(dir, "service.sock")

	mux := new(runtime.Mux)
	new(health.Health).Register(mux, health.Action)
	srv := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: runtime.Anybody}
	l, err := listen.At(addr)
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error)
	ctx, stop := context.WithCancel(context.Background())
	go func() { ended <- srv.Serve(ctx, l) }()

	client := &runtime.Client{Wire: tpp.Wire{}, Addr: addr}
	err = client.Do(context.Background(), &runtime.Request{Action: "healthcheck"}, runtime.ResponderFunc(func(body runtime.Message) error {
		answer, err := body.AppendJSON(nil)
		fmt.Printf("%s\n", answer)
		return err
	}))
	client.Close()
	stop()
	fmt.Println(err, <-ended)
	// Output:
	// "I'm alive!"
	// <nil> <nil>
}
