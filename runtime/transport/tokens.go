package transport

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// tokens remembers which tokens were good, by their fingerprints. No token stays in
// memory. It is safe for concurrent use.
type tokens struct {
	seeds [2]maphash.Seed
	last  atomic.Pointer[fingerprint] // of the token that was good last; nil if none was

	// The tokens that were good are in two maps of up to half of maxTokens each. If recent
	// is full, it becomes older, and what was in older is forgotten.
	mu            sync.Mutex
	recent, older map[fingerprint]struct{}
}

// A fingerprint is a hash of a token under keys that only this process knows, so the time
// of comparing two of them says nothing about a token. A token with a known fingerprint is
// still checked, but without waiting as unknown ones do.
type fingerprint [2]uint64

// maxTokens is how many good tokens are remembered.
const maxTokens = 8192

func newTokens() *tokens {
	return &tokens{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

// fingerprint returns the fingerprint of token.
func (t *tokens) fingerprint(token string) fingerprint {
	return fingerprint{maphash.String(t.seeds[0], token), maphash.String(t.seeds[1], token)}
}

// equal reports whether f and g are the same. It takes the same time for all values.
func (f *fingerprint) equal(g *fingerprint) bool { return f[0]^g[0]|f[1]^g[1] == 0 }

// add remembers that the token with fingerprint f was good.
func (t *tokens) add(f fingerprint) {
	if last := t.last.Load(); last != nil && last.equal(&f) {
		return
	}
	t.last.Store(&f)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keep(f)
}

// has reports whether the token with fingerprint f was good before.
func (t *tokens) has(f fingerprint) bool {
	if last := t.last.Load(); last != nil && last.equal(&f) {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.recent[f]; ok {
		return true
	}
	_, ok := t.older[f]
	if ok {
		t.keep(f)
	}
	return ok
}

// keep puts f into recent; t.mu is held.
func (t *tokens) keep(f fingerprint) {
	if _, ok := t.recent[f]; ok {
		return
	}
	if t.recent == nil || len(t.recent) >= maxTokens/2 {
		t.recent, t.older = make(map[fingerprint]struct{}), t.recent
	}
	t.recent[f] = struct{}{}
}
