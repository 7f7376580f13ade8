package tinyproto

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
)

// An endpoint performs a client's calls on one peer. A connection carries one call at a
// time. Idle connections are kept for the next call.
type endpoint struct {
	peer *balance.Backend

	mu     sync.Mutex
	closed bool
	idle   []*clientConn            // the most recently used is last
	conns  map[*clientConn]struct{} // all connections
}

// maxIdle is how many idle connections are kept.
const maxIdle = 16

// clientTimeout is how long a peer may take to agree to a request, and for each 64 KiB of
// a message that has begun.
const clientTimeout = 30 * time.Second

// Connect returns a Caller that performs the calls of c.
func (Wire) Connect(c *runtime.Client) runtime.Caller {
	return balance.New(c, func(p *balance.Backend) balance.Endpoint {
		return &endpoint{peer: p, conns: make(map[*clientConn]struct{})}
	})
}

// Do makes one attempt of a call.
func (e *endpoint) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	cn, err := e.take(ctx)
	if err != nil {
		return err
	}
	defer e.put(cn)
	return cn.perform(ctx, req, out)
}

// Connect opens a connection and keeps it for the next call.
func (e *endpoint) Connect(ctx context.Context) error {
	cn, err := e.connect(ctx)
	if err == nil {
		e.put(cn)
	}
	return err
}

// take returns an idle connection, or a new one if there is none.
func (e *endpoint) take(ctx context.Context) (*clientConn, error) {
	e.mu.Lock()
	if n := len(e.idle); n > 0 {
		cn := e.idle[n-1]
		e.idle = e.idle[:n-1]
		e.mu.Unlock()
		return cn, nil
	}
	e.mu.Unlock()
	return e.connect(ctx)
}

// connect opens a connection.
func (e *endpoint) connect(ctx context.Context) (*clientConn, error) {
	cn := &clientConn{end: e, whole: true}
	cfg := &Config{MaxSize: int64(e.peer.MaxFrame()), Timeout: clientTimeout}
	_, err := e.peer.Dial(ctx, func(ctx context.Context, nc net.Conn) (err error) {
		cn.Conn, err = open(ctx, newConn(nc, cfg, true))
		return err
	})
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		cn.Close()
		return nil, runtime.ErrClosed
	}
	e.conns[cn] = struct{}{}
	return cn, nil
}

// put takes back a connection whose call has ended, and keeps it if it is usable.
func (e *endpoint) put(cn *clientConn) {
	e.mu.Lock()
	keep := cn.whole && !e.closed && len(e.idle) < maxIdle
	if keep {
		e.idle = append(e.idle, cn)
	} else {
		delete(e.conns, cn)
	}
	e.mu.Unlock()
	if !keep {
		cn.Close()
	}
}

// forget closes the idle connections. The peer has closed the most recently used one, so
// it has probably closed the others too.
func (e *endpoint) forget() {
	e.mu.Lock()
	idle := e.idle
	e.idle = nil
	for _, cn := range idle {
		delete(e.conns, cn)
	}
	e.mu.Unlock()
	for _, cn := range idle {
		cn.Close()
	}
}

// Close closes all connections.
func (e *endpoint) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	for cn := range e.conns {
		cn.Close()
	}
}

// errNotSeen is the error of a call that the peer can't have seen.
var errNotSeen = errors.New("the peer left before it had agreed to the request")

// unseen returns the error of a call on cn that failed with err and that the peer can't
// have seen. It reports to the balancer what that means for the peer.
func (e *endpoint) unseen(cn *clientConn, err error) error {
	err = runtime.Unavailable.Errorf("%v: %w", e.peer, errors.Join(errNotSeen, err))
	if cn.lastID > 1 {
		e.forget()
		return balance.Unseen(err)
	}
	e.peer.Report(balance.NoAnswer)
	return balance.Refused(err)
}
