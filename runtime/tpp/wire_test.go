package tpp_test

import (
	"testing"

	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

func TestWire_newcomers(t *testing.T) { wiretest.Newcomers(t, tpp.Wire{}) }

func TestWire(t *testing.T) { wiretest.Run(t, tpp.Wire{}) }
