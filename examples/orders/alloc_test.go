//go:build !race

package orders_test

// This file counts allocations. The race detector adds some, since it empties pools.

import (
	"reflect"
	"testing"

	"github.com/tpp-rpc/tpp/examples/orders"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// Decoding allocates once for each pointer, slice and map, and once for all strings together.
func TestOrder_decodeAllocs(t *testing.T) {
	var order orders.Order
	allocs := testing.AllocsPerRun(100, func() {
		order = orders.Order{}
		if err := codec.Unmarshal(orderJSON, &order); err != nil {
			t.Fatal(err)
		}
	})
	if most := references(reflect.ValueOf(order)) + 1; int(allocs) > most {
		t.Errorf("%v allocations, want at most %d", allocs, most)
	}
}

// references returns how many pointers, slices and maps of v aren't nil.
func references(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			n = 1 + references(v.Elem())
		}
	case reflect.Slice:
		if !v.IsNil() {
			n = 1
		}
		for i := range v.Len() {
			n += references(v.Index(i))
		}
	case reflect.Map:
		if !v.IsNil() {
			n = 1
		}
		for _, key := range v.MapKeys() {
			n += references(v.MapIndex(key))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[codec.DateTime]() {
			break // its time zone is shared
		}
		for i := range v.NumField() {
			n += references(v.Field(i))
		}
	}
	return n
}

// Encoding into a buffer that's large enough allocates nothing.
func TestOrder_encodeAllocs(t *testing.T) {
	var order orders.Order
	if err := codec.Unmarshal(orderJSON, &order); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 0, 2*len(orderJSON))
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := order.AppendJSON(b); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}
