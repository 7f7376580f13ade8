package main

import (
	"context"
	"crypto/tls"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/tpp-rpc/tpp/examples/bench/pb"
)

// This file has grpc-go, with its defaults: one connection for all callers.

func serveGRPC(l net.Listener, config *tls.Config) error {
	creds := insecure.NewCredentials()
	if config != nil {
		creds = credentials.NewTLS(config)
	}
	s := grpc.NewServer(grpc.Creds(creds))
	pb.RegisterBenchServer(s, protoService{})
	return s.Serve(l)
}

func connectGRPC(p peer) (func() call, error) { return connectGRPCWith(p) }

// connectGRPCWithDeadlines gives each call a deadline of its own.
func connectGRPCWithDeadlines(p peer) (func() call, error) {
	return connectGRPCWith(p, grpc.WithUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return invoke(ctx, method, req, reply, cc, opts...)
	}))
}

// dialGRPC returns a client of p.
func dialGRPC(p peer, opts ...grpc.DialOption) (pb.BenchClient, error) {
	creds := insecure.NewCredentials()
	if p.tls != nil {
		creds = credentials.NewTLS(p.tls)
	}
	cc, err := grpc.NewClient("passthrough:///"+p.addr, append(opts, grpc.WithTransportCredentials(creds))...)
	if err != nil {
		return nil, err
	}
	return pb.NewBenchClient(cc), nil
}

func connectGRPCWith(p peer, opts ...grpc.DialOption) (func() call, error) {
	c, err := dialGRPC(p, opts...)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	return func() call {
		return of[call](p.size,
			func() error { return checked(c.DoSmall(ctx, smallProto)) },
			func() error { return checked(c.DoMedium(ctx, mediumProto)) },
			func() error { return checked(c.DoBlob(ctx, blobProto)) })
	}, nil
}
