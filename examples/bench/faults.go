package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	"github.com/tpp-rpc/tpp/examples/bench/bench"
	"github.com/tpp-rpc/tpp/examples/bench/pb"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest/faultnet"
)

// This file counts calls that fail on a network that misbehaves, with tpp and grpc-go.

const (
	faultCalls = 30
	faultPause = 2 * time.Second // from one call to the next
)

// A scenario is something that goes wrong after the first calls have succeeded.
type scenario struct {
	name     string
	deadline time.Duration // of each call
	begin    func(p []*faultnet.Proxy)
	later    func(p []*faultnet.Proxy) // 20 s later; nil for nothing
	servers  int
}

var scenarios = []scenario{
	{"the connection is forgotten, new ones work", time.Second, func(p []*faultnet.Proxy) { p[0].Forget() }, nil, 1},
	{"the same, only to the server", time.Second, func(p []*faultnet.Proxy) { p[0].ForgetUp() }, nil, 1},
	{"the same, only from the server", time.Second, func(p []*faultnet.Proxy) { p[0].ForgetDown() }, nil, 1},
	{"the network is gone for 20 s", time.Second, func(p []*faultnet.Proxy) { p[0].Silence() }, func(p []*faultnet.Proxy) { p[0].Heal() }, 1},
	{"everything takes 2 s longer", 5 * time.Second, func(p []*faultnet.Proxy) { p[0].Delay(2 * time.Second) }, nil, 1},
	{"each connection is cut after 2000 bytes", time.Second, func(p []*faultnet.Proxy) { p[0].CutAt(2000) }, nil, 1},
	{"one of two servers falls silent", time.Second, func(p []*faultnet.Proxy) { p[1].Silence() }, nil, 2},
}

// A faultSystem is a client and server that are compared.
type faultSystem struct {
	name    string
	serve   func(l net.Listener) error
	connect func(addrs []string) (call func(context.Context) error, err error)
}

var faultSystems = []faultSystem{
	{"tpp", func(l net.Listener) error { return serveTPP(l, nil) }, faultTPP},
	{"grpc-go", func(l net.Listener) error { return serveGRPC(l, nil) }, faultGRPC()},
	{"grpc-go, keepalive", func(l net.Listener) error {
		s := grpc.NewServer(grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}))
		pb.RegisterBenchServer(s, protoService{})
		return s.Serve(l)
	}, faultGRPC(grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second, PermitWithoutStream: true}))},
}

func faultTPP(addrs []string) (func(context.Context) error, error) {
	all := addrs[0]
	for _, a := range addrs[1:] {
		all += "," + a
	}
	c := bench.NewClient((&runtime.Client{Wire: tpp.Wire{}, Addr: all, Token: token}).Do)
	return func(ctx context.Context) error {
		_, err := c.Small(ctx, smallMessage)
		return err
	}, nil
}

// faultGRPC returns what connects by grpc-go, round robin if there are several addresses.
func faultGRPC(opts ...grpc.DialOption) func([]string) (func(context.Context) error, error) {
	return func(addrs []string) (func(context.Context) error, error) {
		r := manual.NewBuilderWithScheme("faults")
		var state resolver.State
		for _, a := range addrs {
			state.Addresses = append(state.Addresses, resolver.Address{Addr: a})
		}
		r.InitialState(state)
		opts := append([]grpc.DialOption{grpc.WithResolvers(r), grpc.WithTransportCredentials(insecure.NewCredentials())}, opts...)
		if len(addrs) > 1 {
			opts = append(opts, grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"round_robin":{}}]}`))
		}
		cc, err := grpc.NewClient("faults:///servers", opts...)
		if err != nil {
			return nil, err
		}
		c := pb.NewBenchClient(cc)
		return func(ctx context.Context) error {
			_, err := c.DoSmall(ctx, smallProto)
			return err
		}, nil
	}
}

// faults prints a table of the calls that fail. All scenarios run at once.
func faults([]string) error {
	failed := make([][]int, len(scenarios))
	errs := make([]error, len(scenarios)*len(faultSystems))
	var wait sync.WaitGroup
	for i, sc := range scenarios {
		failed[i] = make([]int, len(faultSystems))
		for j, sys := range faultSystems {
			wait.Go(func() { failed[i][j], errs[i*len(faultSystems)+j] = sc.run(sys) })
		}
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	fmt.Print("| what happens |")
	for _, sys := range faultSystems {
		fmt.Printf(" %s |", sys.name)
	}
	fmt.Print("\n|---|--:|--:|--:|\n")
	for i, sc := range scenarios {
		fmt.Printf("| %s |", sc.name)
		for _, n := range failed[i] {
			fmt.Printf(" %d |", n)
		}
		fmt.Println()
	}
	return nil
}

// run returns how many of the calls failed.
func (sc *scenario) run(sys faultSystem) (failed int, err error) {
	var proxies []*faultnet.Proxy
	var addrs []string
	for range sc.servers {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		defer l.Close()
		go sys.serve(l)
		p, err := faultnet.Listen(l.Addr().String())
		if err != nil {
			return 0, err
		}
		defer p.Close()
		proxies, addrs = append(proxies, p), append(addrs, p.Addr)
	}
	call, err := sys.connect(addrs)
	if err != nil {
		return 0, err
	}
	one := func(d time.Duration) error {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		return call(ctx)
	}
	for range 10 {
		if err := one(time.Minute); err != nil {
			return 0, fmt.Errorf("%s: %w", sys.name, err)
		}
	}
	sc.begin(proxies)
	began := time.Now()
	healed := false
	tick := time.NewTicker(faultPause)
	defer tick.Stop()
	for range faultCalls {
		if sc.later != nil && !healed && time.Since(began) > 19*time.Second {
			healed = true
			sc.later(proxies)
		}
		if one(sc.deadline) != nil {
			failed++
		}
		<-tick.C
	}
	return failed, nil
}
