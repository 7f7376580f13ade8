package main

import (
	"context"
	"crypto/tls"
	"strings"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/socketproto"
	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// A wire is a protocol that the greeter can be served and called by.
type wire struct {
	name   string
	server runtime.Wire
	client func(addr string, config *tls.Config) conn
}

// A conn is the client's end of any wire.
type conn interface {
	Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error
	Close() error
}

var wires = []wire{
	{"tpp", tpp.Wire{}, func(addr string, config *tls.Config) conn {
		return &tpp.Client{Addr: addr, Token: token, TLS: config}
	}},
	{"classic", tpp.Wire{}, func(addr string, config *tls.Config) conn {
		return &tpp.Client{Addr: addr, Token: token, TLS: config, Classic: true}
	}},
	{"tinyproto", tinyproto.Wire{}, func(addr string, config *tls.Config) conn {
		return &tinyproto.Client{Addr: addr, Token: token, TLS: config}
	}},
	{"socketproto", socketproto.Wire{}, func(addr string, config *tls.Config) conn {
		return &socketproto.Client{Addr: addr, Token: token, TLS: config}
	}},
}

func findWire(name string) (w wire, ok bool) {
	for _, w := range wires {
		if w.name == name {
			return w, true
		}
	}
	return wire{}, false
}

func wireNames() string {
	var names []string
	for _, w := range wires {
		names = append(names, w.name)
	}
	return strings.Join(names, ", ")
}
