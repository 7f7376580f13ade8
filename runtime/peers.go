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
	last atomic.Pointer[string] // the token that was good last; nil if none was

	mu     sync.Mutex
	byAddr map[netip.Addr]*peer
	tokens map[uint64]struct{} // hashes of tokens that were good
}

// A peer is one address.
type peer struct {
	conns  int
	failed int            // bad tokens since
	since  time.Time      // when the first of these came
	trying map[uint64]int // hashes of tokens that are being checked, and for how many calls
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

// wasGood reports whether token was good before.
func (p *peers) wasGood(token string) bool {
	if last := p.last.Load(); last != nil && *last == token {
		return true
	}
	h := maphash.String(tokenSeed, token)
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.tokens[h]
	return ok
}

var (
	errManyBad  = &Error{Code: BadToken, Message: "too many bad tokens from this address, try again later"}
	errManyNews = &Error{Code: Failed, Message: "too many tokens from this address are being checked, try again later"}
)

// try counts a token from a, which wasn't good before, as one that is being
// checked, until tried is called. It returns why that isn't worth it: a has sent
// limit bad ones lately, or would have if all those turned out to be bad.
func (p *peers) try(a netip.Addr, token string, limit int) *Error {
	if !a.IsValid() {
		return nil
	}
	h := maphash.String(tokenSeed, token)
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.get(a)
	if time.Since(e.since) > failedFor {
		e.failed = 0
	}
	switch n := len(e.trying); {
	case e.failed >= limit:
		return errManyBad
	case e.trying[h] == 0 && e.failed+n >= limit:
		return errManyNews
	case n == 0:
		e.trying = make(map[uint64]int)
	}
	e.trying[h]++
	return nil
}

// tried says how the check went that try has announced.
func (p *peers) tried(a netip.Addr, token string, bad bool) {
	if !a.IsValid() {
		return
	}
	h := maphash.String(tokenSeed, token)
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.get(a)
	if e.trying[h]--; e.trying[h] == 0 {
		delete(e.trying, h)
	}
	if !bad {
		return
	}
	if e.failed == 0 {
		e.since = time.Now()
	}
	e.failed++
}
