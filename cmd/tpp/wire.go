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

// A wire is a protocol that call speaks.
type wire struct {
	name   string
	client func(addr, token string, config *tls.Config) conn
}

// A conn is the client's end of any wire.
type conn interface {
	Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error
	Close() error
}

// wires are the protocols there are; the first is the default. No client waits
// when it's closed, since its only call is over then.
var wires = []wire{
	{"tpp", func(addr, token string, config *tls.Config) conn {
		return &tpp.Client{Addr: addr, Token: token, TLS: config, Grace: -1}
	}},
	{"tinyproto", func(addr, token string, config *tls.Config) conn {
		return &tinyproto.Client{Addr: addr, Token: token, TLS: config, Grace: -1}
	}},
	{"socketproto", func(addr, token string, config *tls.Config) conn {
		return &socketproto.Client{Addr: addr, Token: token, TLS: config, Grace: -1}
	}},
}

// wireNamed returns the wire called name.
func wireNamed(name string) (wire, error) {
	for _, w := range wires {
		if w.name == name {
			return w, nil
		}
	}
	return wire{}, usagef("--wire %s: there is no such protocol%s", name, oneOf(name, wireNames()))
}

func wireNames() []string {
	var names []string
	for _, w := range wires {
		names = append(names, w.name)
	}
	return names
}

// wireList returns the names as help shows them.
func wireList() string { return strings.Join(wireNames(), ", ") }
