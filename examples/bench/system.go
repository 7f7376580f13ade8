package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
)

// A system is one way to make calls, on both ends.
type system struct {
	name string

	// serve answers the calls that come from l, over TLS if config isn't nil,
	// until the process ends.
	serve func(l net.Listener, config *tls.Config) error

	// connect returns a function that makes the call function of each caller.
	connect func(p peer) (func() call, error)
}

// A peer is the server to call, and the size of the calls.
type peer struct {
	addr string
	tls  *tls.Config // nil for plain connections
	size size
}

// A call makes one call and checks the answer. It is for one goroutine.
type call func() error

// systems are all systems. Tables compare each with grpc and with the first one, raw.
var systems = []system{
	{"raw", serveRaw, connectRaw},
	{"tpp", serveTPP, connectTPP},
	{"tpp+tls", serveTPP, connectTPP},
	{"tpp-deadline", serveTPP, connectTPPWithDeadlines},
	{"tpp-classic", serveTPP, connectClassicTPP},
	{"tpp-oneshot", serveOneshot, connectOneshot},
	{"grpc", serveGRPC, connectGRPC},
	{"grpc+tls", serveGRPC, connectGRPC},
	{"grpc-deadline", serveGRPC, connectGRPCWithDeadlines},
	{"connect", serveConnect, connectConnect},
	{"connect-json", serveConnect, connectConnectJSON},
	{"drpc", serveDRPC, connectDRPC},
	{"ttrpc", serveTTRPC, connectTTRPC},
	{"netrpc", serveNetRPC, connectNetRPC},
	{"netrpc-json", serveNetRPCJSON, connectNetRPCJSON},
	{"jrpc2", serveJRPC2, connectJRPC2},
}

// secure reports whether the system uses TLS.
func (s system) secure() bool { return strings.HasSuffix(s.name, "+tls") }

func systemNames() string {
	var names []string
	for _, s := range systems {
		names = append(names, s.name)
	}
	return strings.Join(names, ",")
}

func findSystem(name string) (system, error) {
	for _, s := range systems {
		if s.name == name {
			return s, nil
		}
	}
	return system{}, fmt.Errorf("unknown system %q: there are %s", name, systemNames())
}

// accept serves each connection from l in a goroutine.
func accept(l net.Listener, serve func(net.Conn)) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			serve(c)
		}()
	}
}

// dial opens a plain connection to p.
func (p peer) dial() (net.Conn, error) { return net.Dial("tcp", p.addr) }
