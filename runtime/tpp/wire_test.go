package tpp_test

import (
	"testing"

	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

func TestWire(t *testing.T) { wiretest.Run(t, tpp.Wire{}) }
