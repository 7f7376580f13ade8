package main

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/containerd/ttrpc"
)

// This file has ttrpc, over TCP like the others.

const ttrpcService = "bench.Bench"

func serveTTRPC(l net.Listener, _ *tls.Config) error {
	s, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	var p protoService
	s.RegisterService(ttrpcService, &ttrpc.ServiceDesc{Methods: map[string]ttrpc.Method{
		"DoSmall":  ttrpcMethod(p.DoSmall),
		"DoMedium": ttrpcMethod(p.DoMedium),
		"DoBlob":   ttrpcMethod(p.DoBlob),
	}})
	return s.Serve(context.Background(), l)
}

func ttrpcMethod[T any](f func(context.Context, *T) (*T, error)) ttrpc.Method {
	return func(ctx context.Context, unmarshal func(any) error) (any, error) {
		m := new(T)
		if err := unmarshal(m); err != nil {
			return nil, err
		}
		return f(ctx, m)
	}
}

func connectTTRPC(p peer) (func() call, error) {
	conn, err := p.dial()
	if err != nil {
		return nil, err
	}
	c := ttrpc.NewClient(conn)
	return func() call {
		return of(p.size,
			ttrpcCall(c, "DoSmall", smallProto),
			ttrpcCall(c, "DoMedium", mediumProto),
			ttrpcCall(c, "DoBlob", blobProto))
	}, nil
}

func ttrpcCall[T any](c *ttrpc.Client, method string, in *T) call {
	ctx := context.Background()
	return func() error {
		out := new(T)
		return checked(out, c.Call(ctx, ttrpcService, method, in, out))
	}
}
