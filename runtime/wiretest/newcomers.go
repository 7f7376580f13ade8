package wiretest

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// Newcomers tests what a wire must do whose connections are those of transport.Serve, for
// peers that haven't authenticated themselves on their connection: what they send is bounded
// by Limits.PreAuthBytes, and their time by Limits.PreAuth.
func Newcomers(t *testing.T, w runtime.Wire) {
	synctest.Test(t, func(t *testing.T) {
		var dialed atomic.Int64
		l := Listen()
		p := &peers{wire: w, listener: l, service: service{
			waiting: make(chan struct{}, 1), ended: make(chan error, 1), resume: make(chan struct{}),
		}}
		p.limits = runtime.Limits{Frame: limit, PreAuthBytes: 400 << 10, PreAuth: 20 * time.Second, FailedTokens: -1}
		p.serve(t)

		large := text(strings.Repeat("x", 250<<10))
		again := runtime.Action{Name: actionEcho.Name, Idempotent: true}
		p.client = p.newClient(t, "s3cret")
		p.client.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			dialed.Add(1)
			return l.DialContext(ctx, addr)
		}
		if _, err := stub.Invoke[text](t.Context(), p.client.Do, &again, &large, nil); !errors.Is(err, runtime.OverLimit) {
			t.Errorf("the first request of a connection, of %d bytes: %v, want %v", len(large), err, runtime.OverLimit)
		}
		small := text(strings.Repeat("x", 50<<10))
		for range 20 { // each is counted only as long as it's there
			if _, err := stub.Invoke[text](t.Context(), p.client.Do, &again, &small, nil); err != nil {
				t.Errorf("a request of %d bytes: %v", len(small), err)
			}
		}
		before := dialed.Load()
		if got, err := stub.Invoke[text](t.Context(), p.client.Do, &again, &large, nil); err != nil || *got != large {
			t.Errorf("a request of a peer that is known, of %d bytes: %v", len(large), err)
		}
		time.Sleep(time.Minute)
		p.works(t)
		if n := dialed.Load(); n != before {
			t.Errorf("%d connections for a peer that is known, want %d", n, before)
		}

		// Whatever a client with a bad token does, its connections don't stay.
		p.client = p.newClient(t, "bad")
		p.client.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			nc, err := l.DialContext(ctx, addr)
			if err != nil {
				return nil, err
			}
			return &timed{Conn: nc, t: t, began: time.Now()}, nil
		}
		for range 60 {
			p.invoke(t.Context(), &actionDouble, 1)
			time.Sleep(time.Second)
		}
		p.client.Close()
	})
}

// A timed connection must end in time.
type timed struct {
	net.Conn
	t     *testing.T
	began time.Time
}

func (c *timed) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if took := time.Since(c.began); took > 25*time.Second && (err == nil || err == io.EOF) {
		c.t.Errorf("the connection of a newcomer is there after %v", took)
	}
	return n, err
}
