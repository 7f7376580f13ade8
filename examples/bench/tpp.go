package main

import (
	"context"
	"crypto/tls"
	"iter"
	"net"
	"time"

	"github.com/tpp-rpc/tpp/examples/bench/bench"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// This file has tpp as in production: with tokens, an interceptor on both ends, and the default
// limits.

const token = "f3a9c1d27be84e60a5d1c0ffee123456"

// A service performs the calls of tpp.
type service struct{}

func (service) Small(_ context.Context, m *bench.Small) (*bench.Small, error) {
	answer := *m
	answer.ID++
	return &answer, nil
}

func (service) Medium(_ context.Context, m *bench.Medium) (*bench.Medium, error) {
	return &bench.Medium{ID: m.ID + 1, Repo: m.Repo, Steps: m.Steps, Labels: m.Labels, Builder: m.Builder}, nil
}

func (service) Blob(_ context.Context, m *bench.Blob) (*bench.Blob, error) {
	return &bench.Blob{ID: m.ID + 1, Data: m.Data}, nil
}

func (service) Flood(_ context.Context, r *bench.FloodRequest) iter.Seq2[bench.FloodItem, error] {
	data := chunk(int(r.Size))
	return func(yield func(bench.FloodItem, error) bool) {
		for yield(bench.FloodItem{Data: data}, nil) {
		}
	}
}

func (service) Sink(_ context.Context, _ *bench.SinkRequest, items iter.Seq2[bench.SinkUpload, error]) (*bench.SinkResponse, error) {
	n := int64(0)
	for _, err := range items {
		if err != nil {
			return nil, err
		}
		n++
	}
	return &bench.SinkResponse{Count: n}, nil
}

func (service) Relay(_ context.Context, _ *bench.RelayRequest, items iter.Seq2[bench.RelayUpload, error]) iter.Seq2[bench.RelayItem, error] {
	return items
}

// pass is an interceptor that does nothing.
func pass(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
	return next(ctx, req, out)
}

func serveTPP(l net.Listener, config *tls.Config) error {
	if config != nil {
		l = tls.NewListener(l, config)
	}
	mux := new(runtime.Mux)
	mux.Use(pass)
	bench.Register(mux, service{})
	s := &runtime.Server{
		Wire:    tpp.Wire{},
		Handler: mux,
		Auth:    auth.Plain(map[string]string{"bench": token}),
		Limits:  runtime.Limits{ConnsPerIP: 16 << 10}, // all connections come from one address
	}
	return s.Serve(context.Background(), l)
}

func connectTPP(p peer) (func() call, error) {
	return connectTPPWith(newClient(p, tpp.Wire{}), p.size, pass)
}

// connectClassicTPP makes each call on a connection of its own.
func connectClassicTPP(p peer) (func() call, error) {
	return connectTPPWith(newClient(p, tpp.Wire{Classic: true}), p.size, pass)
}

// connectTPPWithDeadlines gives each call a deadline of its own.
func connectTPPWithDeadlines(p peer) (func() call, error) {
	return connectTPPWith(newClient(p, tpp.Wire{}), p.size, func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return next(ctx, req, out)
	})
}

// patience is the deadline of calls that have one.
const patience = time.Minute

func newClient(p peer, w tpp.Wire) *runtime.Client {
	return &runtime.Client{Wire: w, Addr: p.addr, Token: token, TLS: p.tls}
}

func connectTPPWith(conn runtime.Caller, z size, i runtime.Interceptor) (func() call, error) {
	c := bench.NewClient(runtime.Intercept(conn.Do, i))
	ctx := context.Background()
	return func() call {
		return of[call](z,
			func() error { return checked(c.Small(ctx, smallMessage)) },
			func() error { return checked(c.Medium(ctx, mediumMessage)) },
			func() error { return checked(c.Blob(ctx, blobMessage)) })
	}, nil
}

func streamTPP(p peer, f form, data string) (func() stream, error) {
	return streamTPPWith(newClient(p, tpp.Wire{}), f, data), nil
}

func streamClassicTPP(p peer, f form, data string) (func() stream, error) {
	return streamTPPWith(newClient(p, tpp.Wire{Classic: true}), f, data), nil
}

func streamTPPWith(conn runtime.Caller, f form, data string) func() stream {
	s := tppStreams{bench.NewClient(runtime.Intercept(conn.Do, pass)), data}
	return func() stream {
		switch f {
		case down:
			return s.down
		case up:
			return s.up
		case both:
			return s.both
		case lone:
			return s.lone
		}
		return repeat(s.call)
	}
}

// tppStreams has the streams of tpp, each until more returns false.
type tppStreams struct {
	*bench.Client
	data string
}

func (s tppStreams) down(more each) error {
	for item, err := range s.Flood(context.Background(), &bench.FloodRequest{Size: int64(len(s.data))}) {
		if err == nil {
			err = checkItem(item.Data, len(s.data))
		}
		if err != nil {
			return err
		}
		if !more() {
			break
		}
	}
	return nil
}

func (s tppStreams) up(more each) error {
	var n int64
	r, err := s.Sink(context.Background(), nil, func(yield func(bench.SinkUpload, error) bool) {
		for more() {
			if n++; !yield(bench.SinkUpload{Data: s.data}, nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return checkCount(r.Count, n)
}

func (s tppStreams) both(more each) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	items := s.Relay(context.Background(), nil, func(yield func(bench.RelayUpload, error) bool) {
		for ctx.Err() == nil && yield(bench.RelayUpload{Data: s.data}, nil) {
		}
	})
	return s.receive(items, func() {
		if ctx.Err() == nil && !more() {
			cancel()
		}
	})
}

func (s tppStreams) lone(more each) error {
	next := make(chan bool, 1)
	next <- true
	items := s.Relay(context.Background(), nil, func(yield func(bench.RelayUpload, error) bool) {
		for <-next && yield(bench.RelayUpload{Data: s.data}, nil) {
		}
	})
	return s.receive(items, func() { next <- more() })
}

// receive reads all items, and calls came for each.
func (s tppStreams) receive(items iter.Seq2[bench.RelayItem, error], came func()) error {
	for item, err := range items {
		if err == nil {
			err = checkItem(item.Data, len(s.data))
		}
		if err != nil {
			return err
		}
		came()
	}
	return nil
}

func (s tppStreams) call() error {
	m, err := s.Blob(context.Background(), &bench.Blob{ID: 5, Data: s.data})
	if err != nil {
		return err
	}
	return checkItem(m.Data, len(s.data))
}
