package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/rpc"
	"net/rpc/jsonrpc"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"github.com/creachadair/jrpc2/handler"
	jrpc2server "github.com/creachadair/jrpc2/server"
)

// This file has the systems without generated code: net/rpc with gob and with JSON-RPC 1.0,
// and jrpc2 with JSON-RPC 2.0, one message on a line.

// byHand performs their calls, and those of oneshot.go.
type byHand struct{}

func (byHand) Small(in, out *HandSmall) error {
	*out = *in
	out.ID++
	return nil
}

func (byHand) Medium(in, out *HandMedium) error {
	*out = HandMedium{ID: in.ID + 1, Repo: in.Repo, Steps: in.Steps, Labels: in.Labels, Builder: in.Builder}
	return nil
}

func (byHand) Blob(in, out *HandBlob) error {
	*out = HandBlob{ID: in.ID + 1, Data: in.Data}
	return nil
}

func newNetRPC() (*rpc.Server, error) {
	s := rpc.NewServer()
	return s, s.RegisterName("Bench", byHand{})
}

func serveNetRPC(l net.Listener, _ *tls.Config) error {
	s, err := newNetRPC()
	if err != nil {
		return err
	}
	return accept(l, func(c net.Conn) { s.ServeConn(c) })
}

func serveNetRPCJSON(l net.Listener, _ *tls.Config) error {
	s, err := newNetRPC()
	if err != nil {
		return err
	}
	return accept(l, func(c net.Conn) { s.ServeCodec(jsonrpc.NewServerCodec(c)) })
}

func connectNetRPC(p peer) (func() call, error) {
	c, err := rpc.Dial("tcp", p.addr)
	if err != nil {
		return nil, err
	}
	return callersByHand(p.size, c.Call), nil
}

func connectNetRPCJSON(p peer) (func() call, error) {
	c, err := jsonrpc.Dial("tcp", p.addr)
	if err != nil {
		return nil, err
	}
	return callersByHand(p.size, c.Call), nil
}

func serveJRPC2(l net.Listener, _ *tls.Config) error {
	var s byHand
	return jrpc2server.Loop(context.Background(), jrpc2server.NetAccepter(l, channel.Line), jrpc2server.Static(handler.Map{
		"Bench.Small":  jrpc2Handler(s.Small),
		"Bench.Medium": jrpc2Handler(s.Medium),
		"Bench.Blob":   jrpc2Handler(s.Blob),
	}), nil)
}

func jrpc2Handler[T any](f func(in, out *T) error) jrpc2.Handler {
	return handler.New(func(_ context.Context, in *T) (*T, error) {
		out := new(T)
		return out, f(in, out)
	})
}

func connectJRPC2(p peer) (func() call, error) {
	conn, err := p.dial()
	if err != nil {
		return nil, err
	}
	c := jrpc2.NewClient(channel.Line(conn, conn), nil)
	ctx := context.Background()
	return callersByHand(p.size, func(method string, in, out any) error {
		return c.CallResult(ctx, method, in, out)
	}), nil
}

func callersByHand(s size, do func(method string, in, out any) error) func() call {
	return func() call {
		return of(s,
			callByHand(do, "Bench.Small", smallByHand),
			callByHand(do, "Bench.Medium", mediumByHand),
			callByHand(do, "Bench.Blob", blobByHand))
	}
}

func callByHand[T any](do func(method string, in, out any) error, method string, in *T) call {
	return func() error {
		out := new(T)
		return checked(out, do(method, in, out))
	}
}
