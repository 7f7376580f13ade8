package tpp

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/transport"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// heldFirst is a protocol whose connections bring a classic call while the answer to
// another call is held.
type heldFirst struct{ protocol }

func (heldFirst) ServeConn(ctx context.Context, c *transport.Conn) error {
	s := newSession(ctx, c, make(chan *reader))
	s.out.hold(endFrame(append(beginFrame(nil), "held"...)), false, true)
	frame := newBuffer()
	frame.b = append(frame.b, `{"action":"double","token":"s3cret","body":{"n":1}}`...)
	req := new(request)
	if err := envelope.ParseRequest(frame.b, 10, req); err != nil {
		return err
	}
	return s.performClassic(ctx, newCall(s, frame, req), new(frameReader))
}

// The answer to a classic call comes behind the answers to the calls before it, even if a
// worker still holds them.
func TestSession_classicBehindHeldAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		l := wiretest.Listen()
		ended := make(chan error)
		go func() {
			s := &runtime.Server{Handler: newMux(), Auth: auth}
			ended <- transport.Serve(ctx, s, new(heldFirst), net.Listener(l))
		}()
		c, err := l.Dial()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c)
		if want := framed("held") + framed(`{"code":0,"body":{"double":{"n":2}}}`); string(got) != want || err != nil {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
		c.Close()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
