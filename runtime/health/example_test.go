package health_test

import (
	"context"
	"fmt"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/health"
)

func Example() {
	h := new(health.Health)
	mux := new(runtime.Mux)
	h.Register(mux, health.Action)

	ask := func() {
		err := mux.Serve(context.Background(), &runtime.Request{Action: "healthcheck"}, runtime.ResponderFunc(func(body runtime.Message) error {
			b, err := body.AppendJSON(nil)
			fmt.Printf("%s\n", b)
			return err
		}))
		if err != nil {
			fmt.Println(err)
		}
	}
	ask()
	h.Drain() // and a little later end the context of Serve
	ask()
	// Output:
	// "I'm alive!"
	// draining
}
