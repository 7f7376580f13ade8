package tpp

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

// Over a real connection, a peer that sends more than its request still gets the answer,
// whether the rest was read with the request or is still in the kernel.
func TestSession_unreadInput(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: auth}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	const request = `{"action":"double","token":"s3cret","body":{"n":21}}`
	for _, size := range []int{0, 1 << 10, 100 << 10, 1 << 20} {
		for _, more := range []string{"\n", "garbage", framed(request), strings.Repeat("x", 100<<10)} {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(c, framed(request+strings.Repeat(" ", size))+more); err != nil {
				t.Error(err)
			}
			got, err := io.ReadAll(c)
			if want := framed(`{"code":0,"body":{"double":{"n":42}}}`); string(got) != want || err != nil {
				t.Errorf("%d blanks and %.10q: %q, %v", size, more, got, err)
			}
			c.Close()
		}
	}
}
