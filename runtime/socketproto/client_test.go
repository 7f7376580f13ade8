package socketproto_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/socketproto"
)

// echo answers with the body it gets.
func echo(_ context.Context, req *runtime.Request, out runtime.Responder) error {
	return out.Respond(req.Body)
}

var actionEcho = runtime.Action{Name: "echo", Reply: runtime.Bare}

// TestClient_sockets uses real sockets: TCP, TLS and a Unix socket.
func TestClient_sockets(t *testing.T) {
	mux := new(runtime.Mux)
	mux.Handle(&actionEcho, echo)
	cfg := socketproto.Config{Secret: "x", Mutual: true}

	certified := httptest.NewUnstartedServer(nil) // for its certificate
	certified.StartTLS()
	defer certified.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())

	for _, test := range []struct {
		network, addr string
		tls           bool
	}{
		{"tcp", "127.0.0.1:0", false},
		{"tcp", "127.0.0.1:0", true},
		{"unix", filepath.Join(t.TempDir(), "s"), false},
	} {
		t.Run(fmt.Sprintf("%s tls=%v", test.network, test.tls), func(t *testing.T) {
			l, err := net.Listen(test.network, test.addr)
			if err != nil {
				t.Fatal(err)
			}
			client := &runtime.Client{Wire: socketproto.Wire{Config: cfg}, Addr: l.Addr().String()}
			if test.network == "unix" {
				client.Addr = "unix:" + client.Addr
			}
			if test.tls {
				l = tls.NewListener(l, &tls.Config{Certificates: certified.TLS.Certificates})
				client.TLS = &tls.Config{RootCAs: roots}
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error)
			srv := &runtime.Server{Wire: socketproto.Wire{Config: cfg}, Handler: mux, Auth: socketproto.BySecret}
			go func() { ended <- srv.Serve(ctx, l) }()
			for _, size := range []int{0, 100, 1 << 20} {
				body := runtime.Raw(`"` + strings.Repeat("x", size) + `"`)
				var got string
				err := client.Do(t.Context(), &runtime.Request{Action: "echo", Body: &body, Info: &actionEcho}, runtime.ResponderFunc(func(m runtime.Message) error {
					b, err := m.AppendJSON(nil)
					got = string(b)
					return err
				}))
				if got != string(body) || err != nil {
					t.Errorf("echo of %d bytes returns %d, %v", len(body), len(got), err)
				}
			}
			client.Close()
			stop()
			if err := <-ended; err != nil {
				t.Errorf("Serve: %v", err)
			}
		})
	}
}

// TestClient_relay: an attacker between two TLS connections can pass on the documented
// authentication, but not mutual proofs.
func TestClient_relay(t *testing.T) {
	certified := httptest.NewUnstartedServer(nil) // for its certificate
	certified.StartTLS()
	defer certified.Close()
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return tls.NewListener(l, &tls.Config{Certificates: certified.TLS.Certificates})
	}
	unchecked := &tls.Config{InsecureSkipVerify: true}
	for _, mutual := range []bool{false, true} {
		cfg := socketproto.Config{Secret: "x", Mutual: mutual}
		real, relay := listen(), listen()
		var wait sync.WaitGroup
		wait.Go(func() {
			for {
				from, err := relay.Accept()
				if err != nil {
					return
				}
				to, err := tls.Dial("tcp", real.Addr().String(), unchecked)
				if err != nil {
					t.Error(err)
					return
				}
				pass := func(dst, src net.Conn) {
					io.Copy(dst, src)
					dst.Close()
				}
				wait.Go(func() { pass(from, to) })
				wait.Go(func() { pass(to, from) })
			}
		})
		mux := new(runtime.Mux)
		mux.Handle(&actionEcho, echo)
		ctx, stop := context.WithCancel(t.Context())
		srv := &runtime.Server{Wire: socketproto.Wire{Config: cfg}, Handler: mux, Auth: socketproto.BySecret}
		wait.Go(func() { srv.Serve(ctx, real) })
		for _, addr := range []net.Addr{real.Addr(), relay.Addr()} {
			client := &runtime.Client{Wire: socketproto.Wire{Config: cfg}, Addr: addr.String(), TLS: unchecked}
			body := runtime.Raw(`1`)
			err := client.Do(t.Context(), &runtime.Request{Action: "echo", Body: &body, Info: &actionEcho}, runtime.ResponderFunc(func(runtime.Message) error { return nil }))
			if fails := mutual && addr == relay.Addr(); fails != errors.Is(err, socketproto.ErrAuth) || !fails && err != nil {
				t.Errorf("mutual %v, over a relay %v: %v", mutual, addr == relay.Addr(), err)
			}
			client.Close()
		}
		stop()
		relay.Close()
		wait.Wait()
	}
}

// Example shows both ends of a channel: one answers, the other asks.
func Example() {
	here, there := net.Pipe() // any transport works
	cfg := socketproto.Config{Secret: "both ends know this", AutoAuth: true, Name: "thermometer"}

	thermometer := socketproto.Accept(cfg, there)
	thermometer.AddData(7, "temperature", socketproto.Read)
	thermometer.Register(socketproto.Read, 7, func(context.Context, *socketproto.Channel, socketproto.Message) (socketproto.Status, json.RawMessage) {
		return socketproto.Okay, json.RawMessage(`{"celsius":21.5}`)
	})

	c := socketproto.Open(cfg, here)
	defer c.Close()
	if err := c.AwaitEstablished(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	m, err := c.Ask(context.Background(), socketproto.Message{Service: socketproto.Read, DataID: 7})
	fmt.Printf("%v: %s %v\n", m.Status, m.Data, err)
	// Output: okay: {"celsius":21.5} <nil>
}

func BenchmarkEcho(b *testing.B) {
	mux := new(runtime.Mux)
	mux.Handle(&actionEcho, echo)
	for name, cfg := range map[string]socketproto.Config{"json": {}, "struct": {Codec: socketproto.Struct{}}} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, callers), func(b *testing.B) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				ctx, stop := context.WithCancel(b.Context())
				defer stop()
				srv := &runtime.Server{Wire: socketproto.Wire{Config: cfg}, Handler: mux, Auth: runtime.Anybody}
				go srv.Serve(ctx, l)
				client := &runtime.Client{Wire: socketproto.Wire{Config: cfg}, Addr: l.Addr().String()}
				defer client.Close()
				body := runtime.Raw(`"` + strings.Repeat("x", 1022) + `"`)
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				b.SetParallelism(callers)
				if callers == 1 {
					for b.Loop() {
						call(b, client, &body)
					}
					return
				}
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						call(b, client, &body)
					}
				})
			})
		}
	}
}

func call(b *testing.B, client *runtime.Client, body *runtime.Raw) {
	err := client.Do(b.Context(), &runtime.Request{Action: "echo", Body: body, Info: &actionEcho}, runtime.ResponderFunc(func(runtime.Message) error { return nil }))
	if err != nil {
		b.Error(err)
	}
}
