package runtime

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// peers is what a server remembers of the addresses that connect to it. The
// zero value remembers nothing.
type peers struct {
	failed atomic.Bool            // a bad token has come from somewhere
	last   atomic.Pointer[string] // the token that was good last; nil if none was

	mu     sync.Mutex
	byAddr map[netip.Addr]*peer
	tokens map[uint64]struct{} // hashes of tokens that were good
}

// A peer is one address.
type peer struct {
	conns  int
	failed int       // bad tokens since
	since  time.Time // when the first of these came
}

const (
	failedFor = time.Minute // how long a bad token is remembered
	maxPeers  = 4096        // addresses without connections that are remembered
	maxTokens = 4096        // good tokens that are remembered
)

// connect counts a connection from a; it reports false if there are limit of
// them already.
func (p *peers) connect(a netip.Addr, limit int) bool {
	if !a.IsValid() {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.get(a)
	if e.conns >= limit {
		return false
	}
	e.conns++
	return true
}

func (p *peers) disconnect(a netip.Addr) {
	if !a.IsValid() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.byAddr[a]; e != nil {
		if e.conns--; e.conns == 0 && e.failed == 0 {
			delete(p.byAddr, a)
		}
	}
}

// get returns the entry of a; p.mu is held.
func (p *peers) get(a netip.Addr) *peer {
	if e := p.byAddr[a]; e != nil {
		return e
	}
	if p.byAddr == nil {
		p.byAddr = make(map[netip.Addr]*peer)
	}
	if len(p.byAddr) >= maxPeers {
		for a, e := range p.byAddr {
			if e.conns == 0 && time.Since(e.since) > failedFor {
				delete(p.byAddr, a)
			}
		}
	}
	e := new(peer)
	p.byAddr[a] = e
	return e
}

// bad counts a bad token from a.
func (p *peers) bad(a netip.Addr) {
	if !a.IsValid() {
		return
	}
	p.failed.Store(true)
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.get(a)
	if now := time.Now(); e.failed == 0 || now.Sub(e.since) > failedFor {
		e.failed, e.since = 0, now
	}
	e.failed++
}

var tokenSeed = maphash.MakeSeed()

// good remembers that token was good, which lets it pass where others are
// refused unchecked. That's all the hash is for: who passes is still checked.
func (p *peers) good(token string) {
	if last := p.last.Load(); last != nil && *last == token {
		return
	}
	h := maphash.String(tokenSeed, token)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last.Store(new(token))
	if _, ok := p.tokens[h]; ok {
		return
	}
	if p.tokens == nil || len(p.tokens) >= maxTokens {
		p.tokens = make(map[uint64]struct{})
	}
	p.tokens[h] = struct{}{}
}

// mayTry reports whether a token from a is worth a check: a has sent fewer than
// limit bad ones lately, or the token was good before.
func (p *peers) mayTry(a netip.Addr, token string, limit int) bool {
	if !p.failed.Load() || !a.IsValid() {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.byAddr[a]
	if e == nil || e.failed < limit || time.Since(e.since) > failedFor {
		return true
	}
	_, ok := p.tokens[maphash.String(tokenSeed, token)]
	return ok
}
