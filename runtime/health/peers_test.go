package health_test

import (
	"context"
	"net"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/health"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// ToxicBuild's master, which sends no token with this action, finds us alive and then
// draining.
func TestPeers_master(t *testing.T) {
	h := new(health.Health)
	mux := new(runtime.Mux)
	h.Register(mux, health.OpenAction)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: auth.Plain(map[string]string{"master": "s3cret"})}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- srv.Serve(ctx, l) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()

	master := peertest.Connect(t, peertest.BuildClient, l.Addr().String(), peertest.Settings{Token: "s3cret"})
	check := func(state, want string) {
		t.Helper()
		o := master.Do(peertest.Method{Method: "healthcheck", Args: struct{}{}})
		if got := string(o.Returned); got != want {
			t.Errorf("%s: the master got %s %s %s, want %s", state, got, o.Raised, o.Message, want)
		}
	}
	check("alive", "true")
	h.Drain()
	check("draining", "false")
}
