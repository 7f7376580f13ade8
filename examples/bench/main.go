// Command bench measures calls and streams over loopback TCP, with tpp and with other RPC systems for
// Go. Client and server are two processes.
//
//	go run . run                                            # everything: about 25 minutes
//	go run . run -systems raw,tpp,grpc -sizes 1KB -callers 16 -rounds 3
//	go run . streams                                        # items per second: about 20 minutes
//	go run . idle                                           # memory of idle connections
//	go run . faults                                         # calls on a bad network: 3 minutes
//	go run . profile -system tpp -size 1KB -callers 16      # client.prof and server.prof
//
// README.md says what is measured, ../../BENCHMARKS.md has the results.
package main

import (
	"fmt"
	"os"
)

// commands are the commands. Those without a description are for the processes that other
// commands start.
var commands = []struct {
	name, about string
	run         func(args []string) error
}{
	{"run", "measures calls", run},
	{"streams", "measures streams, and how long a lone item takes", runStreams},
	{"idle", "measures the memory of connections that do nothing", idle},
	{"profile", "writes CPU profiles of both processes", profile},
	{"faults", "counts calls that fail on a network that misbehaves", faults},
	{"server", "", serverProcess},
	{"cell", "", cellProcess},
	{"hold", "", holdProcess},
}

func main() {
	if len(os.Args) > 1 {
		for _, c := range commands {
			if c.name == os.Args[1] {
				if err := c.run(os.Args[2:]); err != nil {
					fmt.Fprintln(os.Stderr, "bench:", err)
					os.Exit(1)
				}
				return
			}
		}
	}
	fmt.Fprintln(os.Stderr, "usage: bench COMMAND [flags]")
	for _, c := range commands {
		if c.about != "" {
			fmt.Fprintf(os.Stderr, "  %-8s %s\n", c.name, c.about)
		}
	}
	os.Exit(2)
}
