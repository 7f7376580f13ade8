package main

import (
	"context"
	"crypto/tls"
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
