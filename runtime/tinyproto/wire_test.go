package tinyproto_test

import (
	"testing"

	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

func TestWire_newcomers(t *testing.T) { wiretest.Newcomers(t, tinyproto.Wire{}) }

func TestWire(t *testing.T) { wiretest.Run(t, tinyproto.Wire{}) }
