package balance

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// This file chooses the peer of an attempt.

// A try is one of the two attempts of a call that is hedged.
type try struct {
	at    atomic.Pointer[Backend] // where it went last
	avoid *Backend                // where it should not go; nil if that doesn't matter
}

func (t *try) avoids(p *Backend) bool { return t != nil && p == t.avoid }

// choose returns the peer for the next attempt of a call. That is the one with the fewest
// attempts under way among those that are well, and not the one that was tried last if
// there is another. If none is well, it is the one that can be tried soonest, and choose
// starts probes of backends that are down, so that the call finds one that has come back.
// Now and then it is a mute or an ejected one, claimed for this attempt, which is its
// probe. If b is closed, choose returns nil.
func (b *Balancer) choose(last *Backend, t *try) (best *Backend, claimed bool) {
	switch backends := b.current(); len(backends) {
	case 0:
		return nil, false
	case 1:
		return backends[0], false
	default:
		return chooseAmong(backends, last, t)
	}
}

// chooseAmong is choose among several.
func chooseAmong(backends []*Backend, last *Backend, t *try) (best *Backend, claimed bool) {
	var soonest *Backend
	var load int64
	var until time.Time
	var now time.Time // set when it matters
	var due []*Backend
	from := rand.IntN(len(backends)) // so that equals take turns
	for i := range backends {
		p := backends[(from+i)%len(backends)]
		if h := p.health.Load(); h.state != well {
			if now.IsZero() {
				now = time.Now()
			}
			if now.After(h.until) {
				due = append(due, p)
			}
			at := h.until
			switch {
			case h.state == away:
				at = time.Time{} // it can be reached
			case h.state == ejected:
				at = time.Time{}.Add(1) // it may answer
			case !h.callsWait(h.until):
				at = at.Add(time.Hour) // after all that calls wait for
			}
			if soonest == nil || at.Before(until) {
				soonest, until = p, at
			}
			continue
		}
		l := p.calls.Load()
		if p == last || t.avoids(p) {
			l += 1 << 32
		}
		if best == nil || l < load {
			best, load = p, l
		}
	}
	switch {
	case best == nil:
		best = soonest
		for _, p := range backends {
			if h := p.health.Load(); p != best && h.state == down && now.Sub(h.tried) >= maxBackoffWaiting {
				p.probe(h)
			}
		}
	default:
		for _, p := range due {
			h := p.health.Load()
			switch {
			case h.state == well:
			case h.state != mute && !h.open:
				p.probe(h)
			case !claimed && p != last && !t.avoids(p) && p.claim(h):
				best, claimed = p, true
			}
		}
	}
	if t != nil {
		t.at.Store(best)
	}
	return best, claimed
}
