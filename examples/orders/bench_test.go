package orders_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/examples/orders"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// BenchmarkCodec measures generated code with the order of 1 KB (see orderJSON): decoding with
// validation, and encoding into a reused buffer. It compares the times with
//
//   - encoding/json, which decodes into hand-written structs, validates nothing, and encodes
//     the same structs;
//   - validation without generated code: decode into any, validate with jsonschema, decode
//     into the structs.
//
// A comparison runs both in turns of some milliseconds, so other load on the machine affects
// both. "ratio" is our time divided by theirs, the median of the turns.
func BenchmarkCodec(b *testing.B) {
	decode := func() error {
		var order orders.Order
		return codec.Unmarshal(orderJSON, &order)
	}
	decodePlain := func() error {
		var order plainOrder
		return json.Unmarshal(orderJSON, &order)
	}
	schema := orderSchema(b)
	decodeChecked := func() error {
		var value any
		if err := json.Unmarshal(orderJSON, &value); err != nil {
			return err
		}
		if err := schema.Validate(value); err != nil {
			return err
		}
		return decodePlain()
	}

	var order orders.Order
	if err := codec.Unmarshal(orderJSON, &order); err != nil {
		b.Fatal(err)
	}
	var buffer []byte
	encode := func() (err error) {
		buffer, err = order.AppendJSON(buffer[:0])
		return err
	}
	var plain plainOrder
	if err := json.Unmarshal(orderJSON, &plain); err != nil {
		b.Fatal(err)
	}
	encodePlain := func() error {
		_, err := json.Marshal(&plain)
		return err
	}

	b.Run("decode", alone(decode))
	b.Run("decode/json", against(decode, decodePlain))
	b.Run("decode/jsonschema", against(decode, decodeChecked))
	b.Run("encode", alone(encode))
	b.Run("encode/json", against(encode, encodePlain))
}

// alone measures ours by itself.
func alone(ours func() error) func(*testing.B) {
	return func(b *testing.B) {
		b.SetBytes(int64(len(orderJSON)))
		b.ReportAllocs()
		for b.Loop() {
			if err := ours(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// against compares ours with theirs. An operation is a turn of both.
func against(ours, theirs func() error) func(*testing.B) {
	const each = 200
	turn := func(b *testing.B, f func() error) time.Duration {
		start := time.Now()
		for range each {
			if err := f(); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start)
	}
	return func(b *testing.B) {
		var mine, other, ratios []float64
		for b.Loop() {
			m, o := turn(b, ours), turn(b, theirs)
			mine, other = append(mine, float64(m)/each), append(other, float64(o)/each)
			ratios = append(ratios, float64(m)/float64(o))
		}
		b.ReportMetric(0, "ns/op") // it would be the time of a turn
		b.ReportMetric(median(mine), "ours-ns")
		b.ReportMetric(median(other), "theirs-ns")
		b.ReportMetric(median(ratios), "ratio")
	}
}

func median(f []float64) float64 {
	slices.Sort(f)
	return f[len(f)/2]
}
