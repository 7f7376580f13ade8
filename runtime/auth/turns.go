package auth

import (
	"container/list"
	"context"
	"net/netip"
	"sync"
	"time"
)

// turns decides which check runs next. Addresses take turns, however many checks wait for
// each. An address without a wrong token in the last minute goes before those that sent one;
// of several such addresses, the last to come goes first. So a newcomer doesn't wait for an
// attack that began before it did.
//
// After a wrong token, no check begins for a while: wrong tokens get only a part of the
// time. An address without a wrong token doesn't wait for that, unless there are many of
// them.
//
// Each method does bounded work, however many checks wait. It is safe for concurrent use.
type turns struct {
	slots int // checks at once

	mu      sync.Mutex
	running int
	rest    time.Time // until then, no check begins of an address with a wrong token
	credit  time.Duration
	lines   map[netip.Addr]*line
	fresh   list.List // lines that wait, without a wrong token; the last one is next
	others  list.List // other lines that wait; the first one is next
	wrong   list.List // lines with a wrong token, in the order of the last one
	timer   *time.Timer
}

// A line is the checks of one address, or of a /64 of IPv6.
type line struct {
	addr    netip.Addr
	waiting list.List     // a channel for each check, which is closed when it may begin
	in      *list.List    // fresh or others; nil if nothing waits
	place   *list.Element // in that list
	wrong   *list.Element // in turns.wrong; nil if there was no wrong token lately
	since   time.Time     // when the last wrong token was found
}

const (
	// restFactor is how much longer than its check a rest is. With 6, and checks that use
	// half of the cores, wrong tokens use a fourteenth of the processor.
	restFactor = 6

	// minCredit is how much rest may be due when the check of an address without a wrong
	// token begins. It is more if a single check takes that long.
	minCredit = 2 * time.Second

	wrongFor = time.Minute // how long a wrong token counts
	maxWrong = 8192        // addresses whose wrong tokens count
)

// take waits until a check of addr may begin. It fails only if ctx ends before that. Each
// take that returns nil needs a done.
func (t *turns) take(ctx context.Context, addr netip.Addr) error {
	t.mu.Lock()
	t.forget()
	l := t.lines[addr]
	if l == nil {
		if t.lines == nil {
			t.lines = make(map[netip.Addr]*line)
		}
		l = &line{addr: addr}
		t.lines[addr] = l
	}
	mine := make(chan struct{})
	e := l.waiting.PushBack(mine)
	t.join(l)
	t.next()
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-mine: // at the same moment
		return nil
	default:
	}
	l.waiting.Remove(e)
	if l.waiting.Len() == 0 {
		t.leave(l)
	}
	return ctx.Err()
}

// done ends a check of addr that has taken some time.
func (t *turns) done(addr netip.Addr, took time.Duration, wrong bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running--
	if wrong {
		t.blame(addr, took)
	} else if l := t.lines[addr]; l != nil && l.wrong == nil && l.in != nil {
		t.leave(l) // it goes first again
		t.join(l)
	}
	t.next()
}

// blame records a wrong token of addr; t.mu is held.
func (t *turns) blame(addr netip.Addr, took time.Duration) {
	now := time.Now()
	if began := now.Add(-took); t.rest.Before(began) {
		t.rest = began
	}
	t.rest = t.rest.Add((1 + restFactor) * took / time.Duration(t.slots))
	t.credit = max(minCredit, (1+restFactor)*took)

	l := t.lines[addr]
	if l == nil {
		l = &line{addr: addr}
		t.lines[addr] = l
	}
	l.since = now
	if l.wrong == nil {
		l.wrong = t.wrong.PushBack(l)
	} else {
		t.wrong.MoveToBack(l.wrong)
	}
	if l.in == &t.fresh {
		t.leave(l)
		t.join(l)
	}
	t.forget()
}

// forget forgets wrong tokens that are too old, or of too many addresses. It looks at two
// addresses only, which is more than blame can add at a time. T.mu is held.
func (t *turns) forget() {
	for range 2 {
		e := t.wrong.Front()
		if e == nil {
			return
		}
		l := e.Value.(*line)
		if time.Since(l.since) < wrongFor && t.wrong.Len() <= maxWrong {
			return
		}
		t.wrong.Remove(e)
		l.wrong = nil
		t.drop(l)
	}
}

// join puts l, which has a waiting check, into a list unless it is in one; t.mu is held.
func (t *turns) join(l *line) {
	if l.in != nil {
		return
	}
	l.in = &t.others
	if l.wrong == nil {
		l.in = &t.fresh
	}
	l.place = l.in.PushBack(l)
}

// leave takes l out of its list; t.mu is held.
func (t *turns) leave(l *line) {
	if l.in != nil {
		l.in.Remove(l.place)
		l.in, l.place = nil, nil
	}
	t.drop(l)
}

// drop forgets l if it holds no information; t.mu is held.
func (t *turns) drop(l *line) {
	if l.in == nil && l.wrong == nil && l.waiting.Len() == 0 {
		delete(t.lines, l.addr)
	}
}

// next lets checks begin; t.mu is held. Until the first check of an address has ended, its
// others wait with those of addresses that sent a wrong token.
func (t *turns) next() {
	for t.running < t.slots {
		due := max(time.Until(t.rest), 0)
		var e *list.Element
		switch {
		case t.fresh.Len() > 0 && due <= t.credit:
			e = t.fresh.Back()
		case t.others.Len() > 0 && due == 0:
			e = t.others.Front()
		case t.fresh.Len() > 0:
			t.wake(due - t.credit)
			return
		case t.others.Len() > 0:
			t.wake(due)
			return
		default:
			return
		}
		l := e.Value.(*line)
		first := l.waiting.Front()
		l.waiting.Remove(first)
		close(first.Value.(chan struct{}))
		t.running++
		t.leave(l)
		if l.waiting.Len() > 0 {
			l.in = &t.others
			l.place = l.in.PushBack(l)
		}
	}
}

// wake calls next after d, when a check may begin again; t.mu is held.
func (t *turns) wake(d time.Duration) {
	d = max(d, time.Microsecond)
	if t.timer != nil {
		t.timer.Reset(d)
		return
	}
	t.timer = time.AfterFunc(d, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.next()
	})
}
