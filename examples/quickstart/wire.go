package main

import (
	"strings"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/socketproto"
	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// A wire is a protocol, with the name that selects it on the command line.
type wire struct {
	name string
	wire runtime.Wire
}

var wires = []wire{
	{"tpp", tpp.Wire{}},
	{"classic", tpp.Wire{Classic: true}},
	{"tinyproto", tinyproto.Wire{}},
	{"socketproto", socketproto.Wire{}},
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
