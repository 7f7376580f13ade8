package socketproto

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// Wire carries calls over socket_protocol. The zero value has no secret.
type Wire struct {
	// Config is for each connection. A server uses its own Handler, Log and Limits
	// instead of those in Config; a client uses its own MaxFrame.
	Config Config
}

var _ runtime.Wire = Wire{}

// Serve serves s on the listeners, as runtime.Server.Serve says, with the limits and the log
// of s instead of those of Config.
func (w Wire) Serve(ctx context.Context, s *runtime.Server, listeners ...net.Listener) error {
	w.Config.Handler = s.Handler
	return transport.Serve(ctx, s, protocol{w.Config}, listeners...)
}

// protocol handles the connections of a server.
type protocol struct{ config Config }

// ServeConn performs the calls of rc and handles its other messages.
func (p protocol) ServeConn(ctx context.Context, rc *transport.Conn) error {
	cfg := p.config
	limits := rc.Limits()
	cfg.Log = rc.Core().Log()
	cfg.MaxFrame, cfg.maxDepth, cfg.maxCalls = limits.Frame, limits.Depth, limits.CallsPerConn
	cfg.AuthTimeout, cfg.FrameTimeout = orNever(limits.Header), orNever(limits.Body)
	cfg.WriteTimeout, cfg.Idle = orNever(limits.Write), limits.Idle
	c := newChannel(cfg, false)
	l := c.attach(rc, rc)
	drained := make(chan struct{})
	draining := make(chan struct{})
	go func() {
		defer close(drained)
		select {
		case <-draining:
			l.drain()
		case <-l.done:
		}
	}()
	rc.OnDrain(func() { close(draining) })
	err := l.run(ctx)
	c.detach(err, true)
	c.Close()
	<-drained
	return err
}

// orNever returns a limit of a server as a Config has it, where negative means none.
func orNever(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

// Refuse tells a peer why the connection is refused.
func (p protocol) Refuse(c net.Conn, err *runtime.Error) {
	cfg := p.config.orDefault(false)
	b, _ := cfg.appendFrame(nil, Message{NotPermitted, control.Service, control.DataID, envelope.AppendError(nil, 0, err)})
	if _, err := c.Write(b); err != nil {
		return
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	// Closing a connection with unread bytes may lose what was written.
	io.CopyN(io.Discard, c, smallest)
}
