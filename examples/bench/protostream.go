package main

import (
	"context"
	"errors"
	"io"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
	"storj.io/drpc/drpcconn"

	"github.com/tpp-rpc/tpp/examples/bench/pb"
)

// This file has the streams of gRPC, connect-go and drpc.

// Flood, sink and relay perform the streams of these systems.

func flood(r *pb.FloodRequest, s sender[*pb.Chunk]) error {
	data := chunk(int(r.Size))
	return send(s, func() *pb.Chunk { return &pb.Chunk{Data: data} }, func() bool { return true })
}

func sink(s receiver[*pb.Chunk]) (*pb.SinkResponse, error) {
	for n := int64(0); ; n++ {
		if _, err := s.Recv(); err == io.EOF {
			return &pb.SinkResponse{Count: n}, nil
		} else if err != nil {
			return nil, err
		}
	}
}

func relay(s interface {
	sender[*pb.Chunk]
	receiver[*pb.Chunk]
}) error {
	for {
		m, err := s.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.Send(&pb.Chunk{Data: m.Data}); err != nil {
			return err
		}
	}
}

func (protoService) Flood(r *pb.FloodRequest, s grpc.ServerStreamingServer[pb.Chunk]) error {
	return flood(r, s)
}

func (protoService) Sink(s grpc.ClientStreamingServer[pb.Chunk, pb.SinkResponse]) error {
	m, err := sink(s)
	if err != nil {
		return err
	}
	return s.SendAndClose(m)
}

func (protoService) Relay(s grpc.BidiStreamingServer[pb.Chunk, pb.Chunk]) error { return relay(s) }

// A drpcService is protoService for drpc.
type drpcService struct{ protoService }

func (drpcService) Flood(r *pb.FloodRequest, s pb.DRPCBench_FloodStream) error { return flood(r, s) }
func (drpcService) Relay(s pb.DRPCBench_RelayStream) error                     { return relay(s) }
func (drpcService) Sink(s pb.DRPCBench_SinkStream) error {
	m, err := sink(s)
	if err != nil {
		return err
	}
	return s.SendAndClose(m)
}

func (connectService) Flood(_ context.Context, r *connect.Request[pb.FloodRequest], s *connect.ServerStream[pb.Chunk]) error {
	return flood(r.Msg, s)
}

func (connectService) Sink(_ context.Context, s *connect.ClientStream[pb.Chunk]) (*connect.Response[pb.SinkResponse], error) {
	return connected(sink(connectUpload{s}))
}

func (connectService) Relay(_ context.Context, s *connect.BidiStream[pb.Chunk, pb.Chunk]) error {
	return relay(connectServer{s})
}

// The streams of connect-go, with the methods of the others.
type (
	connectUpload struct {
		*connect.ClientStream[pb.Chunk]
	}
	connectServer struct {
		*connect.BidiStream[pb.Chunk, pb.Chunk]
	}
	connectDownload struct {
		*connect.ServerStreamForClient[pb.Chunk]
	}
	connectClient struct {
		*connect.BidiStreamForClient[pb.Chunk, pb.Chunk]
	}
)

func (s connectUpload) Recv() (*pb.Chunk, error) { return received(s.Receive(), s.ClientStream) }
func (s connectDownload) Recv() (*pb.Chunk, error) {
	return received(s.Receive(), s.ServerStreamForClient)
}
func (s connectServer) Recv() (*pb.Chunk, error) { return ended(s.Receive()) }
func (s connectClient) Recv() (*pb.Chunk, error) { return ended(s.Receive()) }
func (s connectClient) CloseSend() error         { return s.CloseRequest() }

func received(ok bool, s interface {
	Msg() *pb.Chunk
	Err() error
}) (*pb.Chunk, error) {
	switch {
	case ok:
		return &pb.Chunk{Data: s.Msg().Data}, nil
	case s.Err() != nil:
		return nil, s.Err()
	}
	return nil, io.EOF
}

// ended makes the end of a stream plain: connect-go may wrap it.
func ended(m *pb.Chunk, err error) (*pb.Chunk, error) {
	if errors.Is(err, io.EOF) {
		err = io.EOF
	}
	return m, err
}

// A protoClient opens the streams of one of these systems.
type protoClient struct {
	flood func(context.Context, *pb.FloodRequest) (receiver[*pb.Chunk], error)
	sink  func(context.Context) (s sender[*pb.Chunk], end func() (*pb.SinkResponse, error), err error)
	relay func(context.Context) (conversation[*pb.Chunk], error)
	blob  func(context.Context, *pb.Blob) (*pb.Blob, error)
}

func (c protoClient) stream(f form, data string) stream {
	n := len(data)
	next := func() *pb.Chunk { return &pb.Chunk{Data: data} }
	if f == unary {
		return repeat(func() error {
			m, err := c.blob(context.Background(), &pb.Blob{Id: 5, Data: data})
			if err != nil {
				return err
			}
			return checkItem(m.Data, n)
		})
	}
	return func(more each) error {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		switch f {
		case down:
			s, err := c.flood(ctx, &pb.FloodRequest{Size: int64(n)})
			if err != nil {
				return err
			}
			return receive(s, n, more)
		case up:
			s, end, err := c.sink(ctx)
			if err != nil {
				return err
			}
			var count int64
			if err := send(s, func() *pb.Chunk { count++; return next() }, more); err != nil {
				return err
			}
			m, err := end()
			if err != nil {
				return err
			}
			return checkCount(m.Count, count)
		}
		s, err := c.relay(ctx)
		if err != nil {
			return err
		}
		if f == both {
			return converse(ctx, s, next, n, more)
		}
		return pingPong(s, next, n, more)
	}
}

func streamGRPC(p peer, f form, data string) (func() stream, error) {
	c, err := dialGRPC(p)
	if err != nil {
		return nil, err
	}
	client := protoClient{
		flood: func(ctx context.Context, r *pb.FloodRequest) (receiver[*pb.Chunk], error) { return c.Flood(ctx, r) },
		sink: func(ctx context.Context) (sender[*pb.Chunk], func() (*pb.SinkResponse, error), error) {
			s, err := c.Sink(ctx)
			if err != nil {
				return nil, nil, err
			}
			return s, s.CloseAndRecv, nil
		},
		relay: func(ctx context.Context) (conversation[*pb.Chunk], error) { return c.Relay(ctx) },
		blob:  func(ctx context.Context, m *pb.Blob) (*pb.Blob, error) { return c.DoBlob(ctx, m) },
	}
	return func() stream { return client.stream(f, data) }, nil
}

// streamDRPC gives each stream a connection of its own.
func streamDRPC(p peer, f form, data string) (func() stream, error) {
	return func() stream {
		conn, err := p.dial()
		if err != nil {
			return func(each) error { return err }
		}
		c := pb.NewDRPCBenchClient(drpcconn.New(conn))
		client := protoClient{
			flood: func(ctx context.Context, r *pb.FloodRequest) (receiver[*pb.Chunk], error) { return c.Flood(ctx, r) },
			sink: func(ctx context.Context) (sender[*pb.Chunk], func() (*pb.SinkResponse, error), error) {
				s, err := c.Sink(ctx)
				if err != nil {
					return nil, nil, err
				}
				return s, s.CloseAndRecv, nil
			},
			relay: func(ctx context.Context) (conversation[*pb.Chunk], error) { return c.Relay(ctx) },
			blob:  c.DoBlob,
		}
		return client.stream(f, data)
	}, nil
}

func streamConnect(p peer, f form, data string) (func() stream, error) {
	c := dialConnect(p, newHTTP2())
	client := protoClient{
		flood: func(ctx context.Context, r *pb.FloodRequest) (receiver[*pb.Chunk], error) {
			s, err := c.Flood(ctx, connect.NewRequest(r))
			return connectDownload{s}, err
		},
		sink: func(ctx context.Context) (sender[*pb.Chunk], func() (*pb.SinkResponse, error), error) {
			s := c.Sink(ctx)
			return s, func() (*pb.SinkResponse, error) {
				r, err := s.CloseAndReceive()
				if err != nil {
					return nil, err
				}
				return r.Msg, nil
			}, nil
		},
		relay: func(ctx context.Context) (conversation[*pb.Chunk], error) { return connectClient{c.Relay(ctx)}, nil },
		blob: func(ctx context.Context, m *pb.Blob) (*pb.Blob, error) {
			r, err := c.DoBlob(ctx, connect.NewRequest(m))
			if err != nil {
				return nil, err
			}
			return r.Msg, nil
		},
	}
	return func() stream { return client.stream(f, data) }, nil
}
