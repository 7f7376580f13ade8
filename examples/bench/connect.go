package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"

	"connectrpc.com/connect"

	"github.com/tpp-rpc/tpp/examples/bench/pb"
	"github.com/tpp-rpc/tpp/examples/bench/pb/pbconnect"
)

// This file has connect-go: protobuf over HTTP/2 and JSON over HTTP/1.1. Compression, which is
// on by default, is off, since it makes calls slower here.

// A connectService is protoService for connect-go.
type connectService struct{}

func (connectService) DoSmall(ctx context.Context, r *connect.Request[pb.Small]) (*connect.Response[pb.Small], error) {
	return connected(protoService{}.DoSmall(ctx, r.Msg))
}

func (connectService) DoMedium(ctx context.Context, r *connect.Request[pb.Medium]) (*connect.Response[pb.Medium], error) {
	return connected(protoService{}.DoMedium(ctx, r.Msg))
}

func (connectService) DoBlob(ctx context.Context, r *connect.Request[pb.Blob]) (*connect.Response[pb.Blob], error) {
	return connected(protoService{}.DoBlob(ctx, r.Msg))
}

func connected[T any](m *T, err error) (*connect.Response[T], error) {
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(m), nil
}

func serveConnect(l net.Listener, _ *tls.Config) error {
	mux := http.NewServeMux()
	mux.Handle(pbconnect.NewBenchHandler(connectService{}))
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s := &http.Server{Handler: mux, Protocols: protocols}
	return s.Serve(l)
}

func connectConnect(p peer) (func() call, error) {
	return connectBy(p, newHTTP2()), nil
}

// newHTTP2 returns a transport of HTTP/2 without TLS.
func newHTTP2() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Transport{Protocols: protocols, DisableCompression: true}
}

func connectConnectJSON(p peer) (func() call, error) {
	const most = 1024
	return connectBy(p, &http.Transport{MaxIdleConnsPerHost: most, MaxIdleConns: most, DisableCompression: true}, connect.WithProtoJSON()), nil
}

func connectBy(p peer, t *http.Transport, opts ...connect.ClientOption) func() call {
	c := dialConnect(p, t, opts...)
	ctx := context.Background()
	return func() call {
		return of[call](p.size,
			func() error { return unconnected(c.DoSmall(ctx, connect.NewRequest(smallProto))) },
			func() error { return unconnected(c.DoMedium(ctx, connect.NewRequest(mediumProto))) },
			func() error { return unconnected(c.DoBlob(ctx, connect.NewRequest(blobProto))) })
	}
}

func dialConnect(p peer, t *http.Transport, opts ...connect.ClientOption) pbconnect.BenchClient {
	opts = append(opts, connect.WithAcceptCompression("gzip", nil, nil))
	return pbconnect.NewBenchClient(&http.Client{Transport: t}, "http://"+p.addr, opts...)
}

func unconnected[T any](r *connect.Response[T], err error) error {
	if err != nil {
		return err
	}
	return check(r.Msg)
}
