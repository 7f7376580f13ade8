package tpp

import (
	"context"
	"crypto/tls"
	"net"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

// When a classic client leaves a call, the handler's context ends, on a real connection.
func TestClient_leavesClassicCall(t *testing.T) {
	cert, trusted := certificate(t)
	for _, secure := range []bool{false, true} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c := &runtime.Client{Wire: Wire{Classic: true}, Addr: l.Addr().String(), Token: "s3cret"}
		if secure {
			l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})
			c.TLS = &tls.Config{RootCAs: trusted, ServerName: "server"}
		}
		ctx, leave := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		mux := newMux()
		mux.Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			done := ctx.Done()
			leave()
			<-done
			ended <- ctx.Err()
			return ctx.Err()
		})
		s := &runtime.Server{Wire: Wire{}, Handler: mux, Auth: auth}
		served := make(chan error, 1)
		serving, stop := context.WithCancel(context.Background())
		go func() { served <- s.Serve(serving, l) }()
		if _, err := invoke(ctx, c.Do, &actionDouble, 1); runtime.ReasonOf(err) != runtime.Canceled {
			t.Errorf("secure %v: %v", secure, err)
		}
		if err := <-ended; err != context.Canceled {
			t.Errorf("secure %v: the handler's context ended with %v", secure, err)
		}
		c.Close()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}
