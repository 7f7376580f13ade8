package main

import (
	"context"
	"crypto/tls"
	"net"

	"storj.io/drpc/drpcconn"
	"storj.io/drpc/drpcmux"
	"storj.io/drpc/drpcserver"

	"github.com/tpp-rpc/tpp/examples/bench/pb"
)

// This file has drpc. A connection carries one call at a time, so each caller has its own.

func serveDRPC(l net.Listener, _ *tls.Config) error {
	mux := drpcmux.New()
	if err := pb.DRPCRegisterBench(mux, drpcService{}); err != nil {
		return err
	}
	return drpcserver.New(mux).Serve(context.Background(), l)
}

func connectDRPC(p peer) (func() call, error) {
	ctx := context.Background()
	return func() call {
		conn, err := p.dial()
		if err != nil {
			return func() error { return err }
		}
		c := pb.NewDRPCBenchClient(drpcconn.New(conn))
		return of[call](p.size,
			func() error { return checked(c.DoSmall(ctx, smallProto)) },
			func() error { return checked(c.DoMedium(ctx, mediumProto)) },
			func() error { return checked(c.DoBlob(ctx, blobProto)) })
	}, nil
}
