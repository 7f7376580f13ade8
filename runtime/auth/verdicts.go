package auth

import (
	"container/list"
	"time"
)

// verdicts remembers the principals of the tokens that were used last. It needs a lock
// around it.
type verdicts struct {
	limit int
	keep  time.Duration
	byUse *list.List // of *remembered, used last in front
	known map[fingerprint]*list.Element
}

// remembered is one entry of verdicts.
type remembered struct {
	token     fingerprint
	principal string
	used      time.Time
}

// newVerdicts returns verdicts with room for limit tokens, each forgotten when it hasn't
// been used for the time given.
func newVerdicts(limit int, keep time.Duration) verdicts {
	return verdicts{limit, keep, list.New(), make(map[fingerprint]*list.Element)}
}

// find returns the principal of the token f; ok is false if nothing is remembered.
func (v *verdicts) find(f fingerprint, now time.Time) (principal string, ok bool) {
	v.forget(now)
	e := v.known[f]
	if e == nil {
		return "", false
	}
	r := e.Value.(*remembered)
	r.used = now
	v.byUse.MoveToFront(e)
	return r.principal, true
}

// add remembers the principal of the token f, which isn't known yet, and forgets the one that
// wasn't used for longest if there's no more room.
func (v *verdicts) add(f fingerprint, principal string, now time.Time) {
	v.known[f] = v.byUse.PushFront(&remembered{f, principal, now})
	v.forget(now)
}

// forget drops what is too old or too much.
func (v *verdicts) forget(now time.Time) {
	for e := v.byUse.Back(); e != nil; e = v.byUse.Back() {
		r := e.Value.(*remembered)
		if v.byUse.Len() <= v.limit && now.Sub(r.used) < v.keep {
			return
		}
		v.byUse.Remove(e)
		delete(v.known, r.token)
	}
}
