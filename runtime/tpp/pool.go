package tpp

import (
	"context"
	"slices"

	"github.com/tpp-rpc/tpp/runtime"
)

// This file keeps the connections that unary calls share.

// crowded is how many calls a connection has when it's time for another one.
// Until then one does better than two: it's fuller buffers that make it fast.
const crowded = 100

func (c *Client) maxShared() int {
	if c.Conns <= 0 {
		return 4
	}
	return c.Conns
}

// An opening is a connection to be shared that is just being opened.
type opening struct {
	done   chan struct{} // closed when it was
	err    error
	cancel context.CancelFunc
}

// pick returns the shared connection with the fewest calls.
func (c *Client) pick(ctx context.Context) (*conn, error) {
	for {
		var best *conn
		var load int64
		all := 0
		if shared := c.shared.Load(); shared != nil {
			all = len(*shared)
			for _, cn := range *shared {
				if l := cn.load.Load(); best == nil || l < load {
					best, load = cn, l
				}
			}
		}
		if best != nil && (load < crowded || all >= c.maxShared()) {
			return best, nil
		}
		o, err := c.open()
		if err != nil {
			return nil, err
		}
		if best != nil {
			return best, nil // the next call gets the new one
		}
		select {
		case <-o.done:
			if o.err != nil {
				return nil, o.err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// open opens one more shared connection, unless somebody does so already.
func (c *Client) open() (*opening, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, runtime.ErrClosed
	}
	if c.opening != nil {
		return c.opening, nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	o := &opening{done: make(chan struct{}), cancel: cancel}
	c.opening = o
	c.wait.Go(func() {
		defer cancel()
		cn, err := c.connect(ctx)
		if err == nil && !c.share(cn, c.maxShared()) {
			c.drop(cn)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		o.err = err
		c.opening = nil
		close(o.done)
	})
	return o, nil
}

// share makes cn one of at most most shared connections; it reports false if
// there are that many, or none are wanted any more.
func (c *Client) share(cn *conn, most int) bool {
	cn.out.failed = cn.fail
	c.mu.Lock()
	var list []*conn
	if p := c.shared.Load(); p != nil {
		list = *p
	}
	ok := !c.closed && len(list) < most
	if ok {
		list = append(slices.Clip(list), cn)
		c.shared.Store(&list)
	}
	c.mu.Unlock()
	if ok {
		cn.update(cn.attend)
	}
	return ok
}

// unshare takes cn out of the shared connections, if it is one.
func (c *Client) unshare(cn *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.shared.Load()
	if p == nil || !slices.Contains(*p, cn) {
		return
	}
	list := slices.DeleteFunc(slices.Clone(*p), func(other *conn) bool { return other == cn })
	c.shared.Store(&list)
}
