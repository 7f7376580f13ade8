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
	done chan struct{} // closed when it was
	err  error
}

// pick returns the shared connection with the fewest calls.
func (p *peer) pick(ctx context.Context) (*conn, error) {
	for {
		var best *conn
		var load int64
		all := 0
		if shared := p.shared.Load(); shared != nil {
			all = len(*shared)
			for _, cn := range *shared {
				if l := cn.load.Load(); best == nil || l < load {
					best, load = cn, l
				}
			}
		}
		if best != nil && (load < crowded || all >= p.client.maxShared() || p.full()) {
			return best, nil
		}
		o, err := p.open()
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
func (p *peer) open() (*opening, error) {
	c := p.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.opening != nil {
		return p.opening, nil
	}
	o := &opening{done: make(chan struct{})}
	if !c.during(func(ctx context.Context) {
		cn, err := p.connect(ctx)
		if err == nil && !p.share(cn, c.maxShared()) {
			c.drop(cn)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case c.closed:
			err = runtime.ErrClosed
		case err == nil && !p.wanted():
			err = errNotSeen
		}
		o.err = err
		p.opening = nil
		close(o.done)
	}) {
		return nil, runtime.ErrClosed
	}
	p.opening = o
	return o, nil
}

// share makes cn one of at most most shared connections; it reports false if
// there are that many, or none are wanted any more.
func (p *peer) share(cn *conn, most int) bool {
	cn.out.failed = cn.fail
	cn.frames.skips = min(cn.frames.limit, 1<<30) + maxSkipped // headers that say more than MaxInt32 aren't told apart
	c := p.client
	c.mu.Lock()
	var list []*conn
	if shared := p.shared.Load(); shared != nil {
		list = *shared
	}
	ok := !c.closed && len(list) < most && p.wanted()
	if ok {
		list = append(slices.Clip(list), cn)
		p.shared.Store(&list)
	}
	c.mu.Unlock()
	if ok {
		cn.update(cn.attend)
	}
	return ok
}

// wanted reports whether p is still one of the client's peers; client.mu is held.
func (p *peer) wanted() bool { return slices.Contains(*p.client.peers.Load(), p) }

// unshare takes cn out of the shared connections, if it is one.
func (p *peer) unshare(cn *conn) {
	p.client.mu.Lock()
	defer p.client.mu.Unlock()
	shared := p.shared.Load()
	if shared == nil || !slices.Contains(*shared, cn) {
		return
	}
	list := slices.DeleteFunc(slices.Clone(*shared), func(other *conn) bool { return other == cn })
	p.shared.Store(&list)
}
