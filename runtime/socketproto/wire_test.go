package socketproto_test

import (
	"context"
	"net"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/socketproto"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

func TestWire(t *testing.T) {
	for name, cfg := range map[string]socketproto.Config{
		"json":   {},
		"struct": {Codec: socketproto.Struct{}, Secret: "a secret that both ends know"},
	} {
		t.Run(name, func(t *testing.T) {
			wiretest.Run(t, wiretest.Subject{
				Wire: socketproto.Wire{Config: cfg},
				Client: func(token string, dial func(ctx context.Context, addr string) (net.Conn, error)) wiretest.Caller {
					return &socketproto.Client{Addr: "test", Config: cfg, Token: token, Dial: dial}
				},
			})
		})
	}
}
