package tinyproto_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// BenchmarkMessages sends 1 KB and gets it back, from our server and from one on the Python
// library.
func BenchmarkMessages(b *testing.B) {
	exchange := func(b *testing.B, addr string) {
		c, err := tinyproto.Dial(b.Context(), addr)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		msg := pattern(1000)
		b.SetBytes(int64(len(msg)))
		b.ReportAllocs()
		for b.Loop() {
			if err := c.Transmit(b.Context(), msg); err != nil {
				b.Fatal(err)
			}
			if got, err := c.Receive(b.Context()); err != nil || len(got) != len(msg) {
				b.Fatal(err)
			}
		}
	}
	b.Run("ours", func(b *testing.B) {
		exchange(b, serve(b, &tinyproto.Server{Loop: tinyproto.Loop{Message: mirror}}))
	})
	b.Run("Python", func(b *testing.B) {
		exchange(b, peertest.Serve(b, peertest.TinyServer, peertest.Settings{Mode: "mirror"}))
	})
}

// BenchmarkCalls has one caller and many call an action with 1 KB there and back.
func BenchmarkCalls(b *testing.B) {
	mux := new(runtime.Mux)
	mux.Handle(&runtime.Action{Name: "echo"}, func(_ context.Context, req *runtime.Request, out runtime.Responder) error {
		return out.Respond(req.Body)
	})
	l, err := tinyproto.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &runtime.Server{Wire: tinyproto.Wire{}, Handler: mux, Auth: oneToken}
	ended := make(chan error)
	ctx, stop := context.WithCancel(b.Context())
	go func() { ended <- s.Serve(ctx, l) }()
	client := &runtime.Client{Wire: tinyproto.Wire{}, Addr: l.Addr().String(), Token: "s3cret"}
	body := runtime.Raw(`"` + string(bytes.Repeat([]byte("x"), 1000)) + `"`)
	call := func(b *testing.B) {
		err := client.Do(b.Context(), &runtime.Request{Action: "echo", Body: &body}, runtime.ResponderFunc(func(got runtime.Message) error { return nil }))
		if err != nil {
			b.Error(err)
		}
	}
	b.Run("one caller", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			call(b)
		}
	})
	b.Run("many callers", func(b *testing.B) {
		b.SetParallelism(8)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				call(b)
			}
		})
	})
	client.Close()
	stop()
	<-ended
}
