package socketproto_test

import (
	"testing"

	"github.com/tpp-rpc/tpp/runtime/socketproto"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

func TestWire_newcomers(t *testing.T) { wiretest.Newcomers(t, socketproto.Wire{}) }

func TestWire(t *testing.T) {
	for name, cfg := range map[string]socketproto.Config{
		"json":   {},
		"CSP":    {Framing: socketproto.CSP{}, Secret: "a secret that both ends know"},
		"struct": {Codec: socketproto.Struct{}, Secret: "a secret that both ends know", Mutual: true},
	} {
		t.Run(name, func(t *testing.T) { wiretest.Run(t, socketproto.Wire{Config: cfg}) })
	}
}
