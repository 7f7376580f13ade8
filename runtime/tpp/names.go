package tpp

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// This file turns Client.Addr into peers, and keeps up with names whose
// addresses change. A name is a peer itself until it turns out to have several
// addresses of the kind that comes first: package net knows best what to do
// about one host that has an IPv4 and an IPv6 address.

const (
	// lookAgain is how long the addresses of a name are relied on.
	lookAgain = 30 * time.Second

	// lookTrouble is the same when a peer seems to be gone.
	lookTrouble = time.Second
)

// names is what is known of the names in Client.Addr.
type names struct {
	stale  atomic.Bool                                              // they should be looked up with the next call
	lookup func(ctx context.Context, host string) ([]string, error) // nil is that of package net

	// Guarded by Client.mu.
	any     bool        // there are names to look up
	looking bool        // somebody does
	looked  time.Time   // when somebody began to
	timer   *time.Timer // sets stale
}

func (n *names) stop() {
	if n.timer != nil {
		n.timer.Stop()
	}
}

// all returns the peers.
func (c *Client) all() []*peer {
	peers := c.peers.Load()
	if peers == nil || c.names.stale.Load() {
		return c.lookUp(peers == nil)
	}
	return *peers
}

// lookUp makes the first peers if there are none, and has names looked up.
func (c *Client) lookUp(first bool) []*peer {
	c.mu.Lock()
	if first && c.peers.Load() == nil {
		var peers []*peer
		for name := range strings.SplitSeq(c.Addr, ",") {
			name = strings.TrimSpace(name)
			peers = append(peers, &peer{client: c, name: name, addr: name})
			c.names.any = c.names.any || c.hostOf(name) != ""
		}
		c.peers.Store(&peers)
	}
	c.mu.Unlock()
	c.refresh()
	return *c.peers.Load()
}

// hostOf returns what is to be looked up for an address; "" if nothing is.
func (c *Client) hostOf(name string) string {
	if c.Dial != nil && c.names.lookup == nil || strings.HasPrefix(name, "unix:") {
		return ""
	}
	host, _, err := net.SplitHostPort(name)
	if err != nil {
		return ""
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	return host
}

// refresh has names looked up, unless there are none or it was done just now.
func (c *Client) refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := &c.names
	if !n.any || n.looking || time.Since(n.looked) < lookTrouble {
		return
	}
	n.looking = c.during(func(ctx context.Context) {
		c.replace(c.resolve(ctx))
		c.mu.Lock()
		defer c.mu.Unlock()
		n.looking = false
		if c.closed {
			return
		}
		if n.timer == nil {
			n.timer = time.AfterFunc(lookAgain, func() { n.stale.Store(true) })
		} else {
			n.timer.Reset(lookAgain)
		}
	})
	n.looked = time.Now()
	n.stale.Store(false)
}

// A place is where a peer is.
type place struct{ name, addr string }

// resolve returns where peers are now. If a name can't be looked up, what was
// known of it stays.
func (c *Client) resolve(ctx context.Context) (places []place) {
	lookup := c.names.lookup
	if lookup == nil {
		lookup = net.DefaultResolver.LookupHost
	}
	for name := range strings.SplitSeq(c.Addr, ",") {
		name = strings.TrimSpace(name)
		host := c.hostOf(name)
		if host == "" {
			places = append(places, place{name, name})
			continue
		}
		lctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		addrs, err := lookup(lctx, host)
		cancel()
		if err != nil || len(addrs) == 0 {
			for _, p := range *c.peers.Load() {
				if p.name == name {
					places = append(places, place{name, p.addr})
				}
			}
			continue
		}
		addrs = slices.DeleteFunc(slices.Clone(addrs), func(a string) bool { return strings.Contains(a, ":") != strings.Contains(addrs[0], ":") })
		if len(addrs) == 1 {
			places = append(places, place{name, name})
			continue
		}
		_, port, _ := net.SplitHostPort(name)
		for _, a := range addrs {
			places = append(places, place{name, net.JoinHostPort(a, port)})
		}
	}
	return places
}

// replace makes the peers those at places; the others finish their calls.
func (c *Client) replace(places []place) {
	c.mu.Lock()
	old := *c.peers.Load()
	peers := make([]*peer, 0, len(places))
	for _, at := range places {
		i := slices.IndexFunc(old, func(p *peer) bool { return place{p.name, p.addr} == at })
		if i >= 0 {
			peers = append(peers, old[i])
		} else {
			peers = append(peers, &peer{client: c, name: at.name, addr: at.addr})
		}
	}
	c.peers.Store(&peers)
	c.mu.Unlock()
	for _, p := range old {
		if !slices.Contains(peers, p) {
			p.leave()
		}
	}
}
