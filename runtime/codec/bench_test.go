package codec_test

import (
	"encoding/json"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// BenchmarkDecode compares decoding and checking the order with what
// encoding/json needs for decoding alone.
func BenchmarkDecode(b *testing.B) {
	b.Run("codec", func(b *testing.B) {
		b.SetBytes(int64(len(orderJSON)))
		b.ReportAllocs()
		for b.Loop() {
			var v Order
			if err := codec.Unmarshal(orderJSON, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		b.SetBytes(int64(len(orderJSON)))
		b.ReportAllocs()
		for b.Loop() {
			var v plainOrder
			if err := json.Unmarshal(orderJSON, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEncode compares encoding the order into a reused buffer with
// encoding/json.
func BenchmarkEncode(b *testing.B) {
	b.Run("codec", func(b *testing.B) {
		var v Order
		if err := codec.Unmarshal(orderJSON, &v); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			var err error
			if buf, err = v.AppendJSON(buf[:0]); err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(len(buf)))
	})
	b.Run("json", func(b *testing.B) {
		var v plainOrder
		if err := json.Unmarshal(orderJSON, &v); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			data, err := json.Marshal(v)
			if err != nil {
				b.Fatal(err)
			}
			n = len(data)
		}
		b.SetBytes(int64(n))
	})
}
