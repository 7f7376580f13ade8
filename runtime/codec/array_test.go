package codec

import (
	"strings"
	"testing"
)

// TestDecoder_arraysOfArrays decodes strings that lie across the place where
// looking ahead ends, which must not count as looking farther.
func TestDecoder_arraysOfArrays(t *testing.T) {
	for n := range 40 {
		doc := "[" + strings.Repeat(`["`+strings.Repeat("x", n)+`"],`, 20) + `[]]`
		var d Decoder
		d.Reset([]byte(doc))
		d.Array()
		for d.Element() {
			d.Array()
			for d.Element() {
				_ = d.String()
			}
		}
		d.End()
		if err := d.Err(); err != nil {
			t.Errorf("decoding %s: %v", doc, err)
		}
	}
}
