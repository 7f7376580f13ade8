package tinyproto_test

import (
	"context"
	"net"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

func TestWire(t *testing.T) {
	wiretest.Run(t, wiretest.Subject{
		Wire: tinyproto.Wire{},
		Client: func(token string, dial func(context.Context, string) (net.Conn, error)) wiretest.Caller {
			return &tinyproto.Client{Addr: "memory", Token: token, Dial: dial}
		},
	})
}
