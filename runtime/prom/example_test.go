package prom_test

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/observe"
	"github.com/tpp-rpc/tpp/runtime/prom"
)

func Example() {
	calls := prom.NewCalls(prom.Options{Labels: prometheus.Labels{"service": "greeter"}})
	registry := prometheus.NewRegistry()
	registry.MustRegister(calls)

	mux := new(runtime.Mux)
	mux.Use(observe.Server(calls))
	mux.Handle(&runtime.Action{Name: "greet"}, func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
		return out.Respond(new(runtime.Raw(`{"greet":"hello"}`)))
	})
	mux.Serve(context.Background(), &runtime.Request{Action: "greet"}, runtime.ResponderFunc(func(runtime.Message) error { return nil }))

	families, err := registry.Gather()
	if err != nil {
		fmt.Println(err)
	}
	for _, f := range families {
		fmt.Print(f.GetName())
		for _, l := range f.GetMetric()[0].GetLabel() {
			fmt.Printf(" %s=%s", l.GetName(), l.GetValue())
		}
		fmt.Println()
	}
	// Output:
	// tpp_call_seconds action=greet code=0 service=greeter side=server
	// tpp_calls_total action=greet code=0 service=greeter side=server
	// tpp_calls_under_way action=greet service=greeter side=server
}
