package tpp

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// Each request has its own time to come, even if its header came with the end of the
// one before.
func TestSession_bodiesHaveTheirOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{Body: time.Minute})
		c := s.dial(t)
		defer c.Close()
		go func() {
			first := framed(`{"id":1,"action":"double","token":"s3cret","body":{"n":1}}`)
			second := framed(`{"id":2,"action":"double","token":"s3cret","body":{"n":2}}`)
			io.WriteString(c, framed(`{"id":9,"action":"double","token":"s3cret","body":{"n":1}}`)+first[:10])
			for _, part := range []string{first[10:] + second[:10], second[10:]} {
				time.Sleep(40 * time.Second)
				io.WriteString(c, part)
			}
		}()
		f := &frameReader{src: c, limit: 1 << 20}
		for _, want := range []string{
			`{"id":9,"code":0,"body":{"double":{"n":2}}}`,
			`{"id":1,"code":0,"body":{"double":{"n":2}}}`,
			`{"id":2,"code":0,"body":{"double":{"n":4}}}`,
		} {
			if got := read(t, f); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	})
}
