package main

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/health"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// TestCall_unixSocket calls a service at a Unix socket.
func TestCall_unixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	mux := new(runtime.Mux)
	new(health.Health).Register(mux, health.Action)
	srv := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: runtime.Anybody}
	ended := make(chan error)
	ctx, stop := context.WithCancel(context.Background())
	go func() { ended <- srv.Serve(ctx, l) }()
	if got, want := tppOutput(t, "call", "unix:"+path, "healthcheck"), `"I'm alive!"`+"\n"; got != want {
		t.Errorf("healthcheck = %s, want %s", got, want)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
