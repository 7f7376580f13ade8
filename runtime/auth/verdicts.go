package auth

import (
	"container/list"
	"time"
)

// verdicts remembers the principals of the tokens that were used last. It isn't safe for
// concurrent use.
type verdicts struct {
	limit int
	keep  time.Duration
	byUse *list.List // of *memory, most recently used first
	known map[fingerprint]*list.Element
}

// A memory is one entry of verdicts.
type memory struct {
	token     fingerprint
	principal string
	used      time.Time
}

// newVerdicts returns verdicts with room for limit tokens. A token that hasn't been used
// for the time keep is forgotten.
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
	r := e.Value.(*memory)
	r.used = now
	v.byUse.MoveToFront(e)
	return r.principal, true
}

// add remembers the principal of the token f, which isn't known yet. If there is no room,
// the token that hasn't been used for the longest time is forgotten.
func (v *verdicts) add(f fingerprint, principal string, now time.Time) {
	v.known[f] = v.byUse.PushFront(&memory{f, principal, now})
	v.forget(now)
}

// forget drops entries that are too old, or over the limit.
func (v *verdicts) forget(now time.Time) {
	for e := v.byUse.Back(); e != nil; e = v.byUse.Back() {
		r := e.Value.(*memory)
		if v.byUse.Len() <= v.limit && now.Sub(r.used) < v.keep {
			return
		}
		v.byUse.Remove(e)
		delete(v.known, r.token)
	}
}
