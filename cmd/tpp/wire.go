package main

import (
	"strings"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/socketproto"
	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// A wire is a protocol that call speaks.
type wire struct {
	name string
	wire runtime.Wire
}

// wires is the table of protocols. The first is the default.
var wires = []wire{
	{"tpp", tpp.Wire{}},
	{"tinyproto", tinyproto.Wire{}},
	{"socketproto", socketproto.Wire{}},
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
