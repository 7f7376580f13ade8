package prom

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/observe"
)

// discard ignores all responses.
var discard = runtime.ResponderFunc(func(runtime.Message) error { return nil })

func TestCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := NewCalls(Options{Labels: prometheus.Labels{"service": "sum"}, Buckets: []float64{0.001, 1}})
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(calls)
		perform := func(i runtime.Interceptor, info *runtime.Action, name string, took time.Duration, err error) {
			i(t.Context(), &runtime.Request{Action: name, Info: info}, discard, func(context.Context, *runtime.Request, runtime.Responder) error {
				time.Sleep(took)
				return err
			})
		}
		server, client := observe.Server(calls), observe.Client(calls)
		add := &runtime.Action{Name: "add"}
		perform(server, add, "add", time.Millisecond, nil)
		perform(server, add, "add", 500*time.Millisecond, nil)
		for i := range 1000 { // names and codes that a peer may send
			perform(server, nil, fmt.Sprint("made up ", i), 0, runtime.BadCredentials)
			perform(client, add, "add", 0, runtime.Errorf(runtime.Code(1000+i), "made up"))
		}
		begun, end := make(chan bool), make(chan bool)
		go server(t.Context(), &runtime.Request{Action: "add", Info: add}, discard, func(context.Context, *runtime.Request, runtime.Responder) error {
			close(begun)
			<-end
			return nil
		})
		<-begun

		want := `
# HELP tpp_calls_total Calls that have ended.
# TYPE tpp_calls_total counter
tpp_calls_total{action="(unknown)",code="bad_credentials",service="sum",side="server"} 1000
tpp_calls_total{action="add",code="0",service="sum",side="server"} 2
tpp_calls_total{action="add",code="other",service="sum",side="client"} 1000
# HELP tpp_calls_under_way Calls that have begun and not ended.
# TYPE tpp_calls_under_way gauge
tpp_calls_under_way{action="(unknown)",service="sum",side="server"} 0
tpp_calls_under_way{action="add",service="sum",side="client"} 0
tpp_calls_under_way{action="add",service="sum",side="server"} 1
# HELP tpp_call_seconds How long calls took.
# TYPE tpp_call_seconds histogram
tpp_call_seconds_bucket{action="(unknown)",code="bad_credentials",service="sum",side="server",le="0.001"} 1000
tpp_call_seconds_bucket{action="(unknown)",code="bad_credentials",service="sum",side="server",le="1"} 1000
tpp_call_seconds_bucket{action="(unknown)",code="bad_credentials",service="sum",side="server",le="+Inf"} 1000
tpp_call_seconds_sum{action="(unknown)",code="bad_credentials",service="sum",side="server"} 0
tpp_call_seconds_count{action="(unknown)",code="bad_credentials",service="sum",side="server"} 1000
tpp_call_seconds_bucket{action="add",code="0",service="sum",side="server",le="0.001"} 1
tpp_call_seconds_bucket{action="add",code="0",service="sum",side="server",le="1"} 2
tpp_call_seconds_bucket{action="add",code="0",service="sum",side="server",le="+Inf"} 2
tpp_call_seconds_sum{action="add",code="0",service="sum",side="server"} 0.501
tpp_call_seconds_count{action="add",code="0",service="sum",side="server"} 2
tpp_call_seconds_bucket{action="add",code="other",service="sum",side="client",le="0.001"} 1000
tpp_call_seconds_bucket{action="add",code="other",service="sum",side="client",le="1"} 1000
tpp_call_seconds_bucket{action="add",code="other",service="sum",side="client",le="+Inf"} 1000
tpp_call_seconds_sum{action="add",code="other",service="sum",side="client"} 0
tpp_call_seconds_count{action="add",code="other",service="sum",side="client"} 1000
`
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
		close(end)
	})
}

func TestOptions_buckets(t *testing.T) {
	if got, want := len(new(Options).buckets()), len(observe.Buckets()); got != want {
		t.Errorf("%d buckets, want %d", got, want)
	}
}

func BenchmarkCalls(b *testing.B) {
	i := observe.Server(NewCalls(Options{}))
	req := &runtime.Request{Action: "add", Info: &runtime.Action{Name: "add"}}
	next := func(context.Context, *runtime.Request, runtime.Responder) error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		i(b.Context(), req, discard, next)
	}
}
