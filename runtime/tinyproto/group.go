package tinyproto

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
)

// A group has the open connections of a Server or a Dialer.
type group struct {
	mu     sync.Mutex
	conns  []*Conn // in the order in which they were opened
	closed bool    // add refuses further connections
}

// add adds c until it ends. It reports false if the group is closed.
func (g *group) add(c *Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.conns = append(g.conns, c)
	return c.whenEnded(func() { g.remove(c) })
}

func (g *group) remove(c *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.conns, c); i >= 0 {
		g.conns = slices.Delete(g.conns, i, i+1)
	}
}

// all returns the open connections.
func (g *group) all() []*Conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.conns)
}

// close closes all connections and the group.
func (g *group) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	for _, c := range g.all() {
		c.Close()
	}
}

// broadcast sends msg to all connections except some, to all at once, so that a slow one
// delays only the caller.
func (g *group) broadcast(ctx context.Context, msg []byte, except []*Conn) error {
	var wait sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, c := range g.all() {
		if slices.Contains(except, c) {
			continue
		}
		wait.Go(func() {
			if err := c.Transmit(ctx, msg); err != nil && !isClosed(err) {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func isClosed(err error) bool { return errors.Is(err, net.ErrClosed) }
