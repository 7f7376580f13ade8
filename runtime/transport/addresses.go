package transport

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// addresses is what a core remembers of the addresses that call it, and of good tokens.
// The zero value remembers nothing. It is safe for concurrent use.
type addresses struct {
	last atomic.Pointer[string] // the token that was good last; nil if none was

	mu     sync.Mutex
	byAddr map[netip.Addr]*address
	tokens map[uint64]struct{} // hashes of tokens that were good
}

// An address is what is remembered of one address, or of a /64 of IPv6.
type address struct {
	conns  int
	failed int            // bad tokens since
	since  time.Time      // when the first of these came
	trying map[uint64]int // hashes of tokens that are being checked, and for how many calls
}

const (
	failedFor    = time.Minute // how long a bad token is remembered
	maxAddresses = 4096        // addresses without connections that are remembered
	maxTokens    = 4096        // good tokens that are remembered
)

// connect counts a connection from a; it reports false if there are limit of
// them already.
func (t *addresses) connect(a netip.Addr, limit int) bool {
	if !a.IsValid() {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.get(a)
	if e.conns >= limit {
		return false
	}
	e.conns++
	return true
}

func (t *addresses) disconnect(a netip.Addr) {
	if !a.IsValid() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.byAddr[a]; e != nil {
		if e.conns--; e.conns == 0 && e.failed == 0 && len(e.trying) == 0 {
			delete(t.byAddr, a)
		}
	}
}

// get returns the entry of a; t.mu is held.
func (t *addresses) get(a netip.Addr) *address {
	if e := t.byAddr[a]; e != nil {
		return e
	}
	if t.byAddr == nil {
		t.byAddr = make(map[netip.Addr]*address)
	}
	if len(t.byAddr) >= maxAddresses {
		for a, e := range t.byAddr {
			if e.conns == 0 && len(e.trying) == 0 && time.Since(e.since) > failedFor {
				delete(t.byAddr, a)
			}
		}
	}
	e := new(address)
	t.byAddr[a] = e
	return e
}

var tokenSeed = maphash.MakeSeed()

// good remembers that token was good, which lets it pass where others are
// refused unchecked. The hash serves no other purpose: a token that passes is still checked.
func (t *addresses) good(token string) {
	if last := t.last.Load(); last != nil && *last == token {
		return
	}
	h := maphash.String(tokenSeed, token)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last.Store(new(token))
	if _, ok := t.tokens[h]; ok {
		return
	}
	if t.tokens == nil || len(t.tokens) >= maxTokens {
		t.tokens = make(map[uint64]struct{})
	}
	t.tokens[h] = struct{}{}
}

// wasGood reports whether token was good before.
func (t *addresses) wasGood(token string) bool {
	if last := t.last.Load(); last != nil && *last == token {
		return true
	}
	h := maphash.String(tokenSeed, token)
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.tokens[h]
	return ok
}

var (
	errManyBad = &runtime.Error{Code: 3, Reason: runtime.OverLimit, Message: "too many bad tokens from this address, try again later"}
	errManyNew = &runtime.Error{Code: runtime.Failed, Reason: runtime.OverLimit, Message: "too many tokens from this address are being checked, try again later"}
)

// try counts a token from a, which wasn't good before, as one that is being
// checked, until tried is called. It returns an error if the token isn't to be checked: a
// has sent limit bad ones within a minute, or would have if all that are being checked
// turned out to be bad.
func (t *addresses) try(a netip.Addr, token string, limit int) *runtime.Error {
	if !a.IsValid() {
		return nil
	}
	h := maphash.String(tokenSeed, token)
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.get(a)
	if time.Since(e.since) > failedFor {
		e.failed = 0
	}
	switch n := len(e.trying); {
	case e.failed >= limit:
		return errManyBad
	case e.trying[h] == 0 && e.failed+n >= limit:
		return errManyNew
	case n == 0:
		e.trying = make(map[uint64]int)
	}
	e.trying[h]++
	return nil
}

// tried ends the check that try began, and counts the token if it was bad.
func (t *addresses) tried(a netip.Addr, token string, bad bool) {
	if !a.IsValid() {
		return
	}
	h := maphash.String(tokenSeed, token)
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.get(a)
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
