package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// idle prints the memory of connections that have made one call and are idle.
func idle(args []string) error {
	f := flag.NewFlagSet("idle", flag.ExitOnError)
	systems := f.String("systems", "raw,tpp,tpp+tls,grpc,grpc+tls", "the `systems` to measure")
	h := idleRun{}
	h.flags(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	fmt.Printf("%d connections, %v after one call of 100 bytes on each. Bytes for each connection:\n\n", h.conns, h.rest)
	fmt.Println("| system | server | client |\n|---|--:|--:|")
	for name := range strings.SplitSeq(*systems, ",") {
		memory, err := h.start(name)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.0f | %.0f |\n", name, memory.Server, memory.Client)
	}
	return nil
}

// An idleRun is a run with a number of idle connections.
type idleRun struct {
	conns int
	rest  time.Duration // how long they are idle before the memory is measured
}

func (h *idleRun) flags(f *flag.FlagSet) {
	f.IntVar(&h.conns, "n", 10_000, "how `many` connections")
	f.DurationVar(&h.rest, "rest", 25*time.Second, "how long they do nothing before the memory is measured")
}

// memory is bytes of memory for each connection.
type memory struct{ Client, Server float64 }

// start holds connections of a system, in two new processes.
func (h idleRun) start(name string) (b memory, err error) {
	self, err := os.Executable()
	if err != nil {
		return b, err
	}
	cmd := exec.Command(self, "hold", "-system", name, "-n", fmt.Sprint(h.conns), "-rest", h.rest.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return b, fmt.Errorf("%s: %w", name, err)
	}
	return b, json.Unmarshal(out, &b)
}

// holdProcess is the main function of the client's process.
func holdProcess(args []string) error {
	var h idleRun
	f := flag.NewFlagSet("hold", flag.ExitOnError)
	name := f.String("system", "tpp", "the `system`")
	h.flags(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	b, err := h.run(*name)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(b)
}

func (h idleRun) run(name string) (b memory, err error) {
	s, err := findSystem(name)
	if err != nil {
		return b, err
	}
	v, err := startServer(s)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, v.stop()) }()

	// A client for each connection. The first one pays for what exists only once.
	calls := make([]call, h.conns+1)
	if calls[0], err = h.open(v, s); err != nil {
		return b, err
	}
	server, err := v.measure(true)
	if err != nil {
		return b, err
	}
	client, err := measure(true)
	if err != nil {
		return b, err
	}
	var g errgroup.Group
	g.SetLimit(64)
	for i := range h.conns {
		g.Go(func() (err error) {
			calls[i+1], err = h.open(v, s)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return b, err
	}
	time.Sleep(h.rest)
	serverAfter, err := v.measure(true)
	if err != nil {
		return b, err
	}
	clientAfter, err := measure(true)
	if err != nil {
		return b, err
	}
	b.Server = (float64(serverAfter.RSS) - float64(server.RSS)) / float64(h.conns)
	b.Client = (float64(clientAfter.RSS) - float64(client.RSS)) / float64(h.conns)

	// The connections stay open until here.
	return b, calls[len(calls)-1]()
}

// open makes a client and one call.
func (h idleRun) open(v *server, s system) (call, error) {
	open, err := s.connect(v.peer(s, small))
	if err != nil {
		return nil, err
	}
	do := open()
	return do, do()
}
