package socketproto_test

import (
	"testing"

	"github.com/tpp-rpc/tpp/runtime/socketproto"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

func TestWire(t *testing.T) {
	for name, cfg := range map[string]socketproto.Config{
		"json":   {},
		"struct": {Codec: socketproto.Struct{}, Secret: "a secret that both ends know"},
	} {
		t.Run(name, func(t *testing.T) { wiretest.Run(t, socketproto.Wire{Config: cfg}) })
	}
}
