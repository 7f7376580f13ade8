package balance

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// This file turns Client.Addr into backends, and follows names whose addresses change.
// A name is one peer until it turns out to have several addresses of the kind that
// comes first, IPv4 or IPv6: package net knows best how to reach one host that has
// an address of each kind.

const (
	// lookAgain is how long the addresses of a name are relied on.
	lookAgain = 30 * time.Second

	// lookTrouble is the same while a peer isn't well.
	lookTrouble = time.Second

	// lookTimeout limits one lookup.
	lookTimeout = 10 * time.Second
)

// names is what is known of the names in Client.Addr.
type names struct {
	stale  atomic.Bool                                              // the next call looks them up
	lookup func(ctx context.Context, host string) ([]string, error) // nil is that of package net

	// Guarded by Balancer.mu.
	looking bool        // a lookup is under way
	looked  time.Time   // when the last one began
	timer   *time.Timer // sets stale
}

// A place is where a peer is.
type place struct{ name, addr string }

// written returns the places as Client.Addr has them, each once.
func (b *Balancer) written() (places []place) {
	for name := range strings.SplitSeq(b.client.Addr, ",") {
		name = strings.TrimSpace(name)
		places = with(places, place{name, name})
	}
	return places
}

// with appends a place, unless places has it already.
func with(places []place, at place) []place {
	if slices.Contains(places, at) {
		return places
	}
	return append(places, at)
}

// current returns the backends; none if b is closed.
func (b *Balancer) current() []*Backend {
	if b.names.stale.Load() {
		b.refresh()
	}
	return *b.backends.Load()
}

// hostOf returns the host to look up for a name; "" if there is none.
func (b *Balancer) hostOf(name string) string {
	if b.client.Dial != nil && b.names.lookup == nil || strings.HasPrefix(name, "unix:") {
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

// refresh has names looked up, unless there are none or that was done just now.
func (b *Balancer) refresh() {
	if !slices.ContainsFunc(b.written(), func(at place) bool { return b.hostOf(at.name) != "" }) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n := &b.names
	if n.looking || time.Since(n.looked) < lookTrouble {
		return
	}
	n.looking = b.start(b.lookUp)
	n.looked = time.Now()
	n.stale.Store(false)
}

// lookUp looks the names up, and again with the first call after lookAgain.
func (b *Balancer) lookUp() {
	places := b.resolve(b.life)
	b.mu.Lock()
	defer b.mu.Unlock()
	n := &b.names
	n.looking = false
	if b.closed {
		return
	}
	b.replace(places)
	if n.timer == nil {
		n.timer = time.AfterFunc(lookAgain, func() { n.stale.Store(true) })
	} else {
		n.timer.Reset(lookAgain)
	}
}

// resolve returns where the backends are now, each place once. What was known of a name
// stays if the name can't be looked up.
func (b *Balancer) resolve(ctx context.Context) (places []place) {
	for _, at := range b.written() {
		places = append(places, b.resolveName(ctx, at.name)...)
	}
	return places
}

func (b *Balancer) resolveName(ctx context.Context, name string) (places []place) {
	host := b.hostOf(name)
	if host == "" {
		return []place{{name, name}}
	}
	lookup := b.names.lookup
	if lookup == nil {
		lookup = net.DefaultResolver.LookupHost
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	addrs, err := lookup(ctx, host)
	if err != nil || len(addrs) == 0 {
		for _, p := range *b.backends.Load() {
			if p.name == name {
				places = append(places, place{name, p.addr})
			}
		}
		return places
	}
	isIPv6 := func(addr string) bool { return strings.Contains(addr, ":") }
	_, port, _ := net.SplitHostPort(name)
	for _, a := range addrs {
		if isIPv6(a) == isIPv6(addrs[0]) {
			places = with(places, place{name, net.JoinHostPort(a, port)})
		}
	}
	if len(places) == 1 {
		return []place{{name, name}}
	}
	return places
}

// replace makes places, which are all different, the backends; backends elsewhere finish
// their calls. B.mu is held, and b isn't closed.
func (b *Balancer) replace(places []place) {
	old := *b.backends.Load()
	backends := make([]*Backend, 0, len(places))
	for _, at := range places {
		i := slices.IndexFunc(old, func(p *Backend) bool { return place{p.name, p.addr} == at })
		if i >= 0 {
			backends = append(backends, old[i])
		} else {
			backends = append(backends, newBackend(b, at))
		}
	}
	b.backends.Store(&backends)
	for _, p := range old {
		if !slices.Contains(backends, p) {
			b.retire(p)
		}
	}
}
