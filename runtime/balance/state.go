package balance

import (
	"math/rand/v2"
	"time"
)

// A state is one of those in the package documentation, which has the transitions.
type state int

const (
	well    state = iota
	away          // it asked for calls to go elsewhere
	down          // it can't be reached
	mute          // connections to it ended before any answer
	ejected       // attempts on it fail, or it's silent
)

// An Event is something that shows how a peer is.
type Event int

const (
	// Answered says that the peer answered a call.
	Answered Event = iota

	// NoAnswer says that a connection with a call on it ended before the peer
	// answered any.
	NoAnswer

	// GoAway says that the peer asked for new calls to go elsewhere.
	GoAway

	// Silent says that the peer was asked for a sign of life and gave none for long. The
	// Balancer itself sees an attempt that ran into its deadline while the peer said nothing.
	Silent

	connected  // a connection was made
	failed     // none could be made
	broken     // an attempt failed because its connection did
	claimed    // a call or a probe is about to try it
	reachable  // a probe found that it can be reached
	quiet      // a probe found that it can't, or that it doesn't answer
	pauseEnded // it was away for long enough
)

// A health is what is known of a peer. It doesn't change: next returns the one that
// follows an event.
type health struct {
	state   state
	reached bool      // a connection was made once
	err     error     // why the peer is down
	since   time.Time // when it went down or mute
	tries   int       // how often it was tried since
	tried   time.Time // when that was last
	until   time.Time // when it may be tried again, or is no longer away

	failures int  // failed attempts, each counted failureCost, less those that were answered since
	open     bool // it is ejected, and a call may find out whether it answers
	trying   bool // it is ejected, and such a call is under way
}

var (
	untried = &health{}
	healthy = &health{reached: true}
)

const (
	// reconnectWait is how long calls wait for a peer that could be reached before.
	reconnectWait = time.Second

	// maxBackoffWaiting is the longest pause between two tries while calls wait, or if there is
	// no other peer.
	maxBackoffWaiting = reconnectWait / 10

	// goawayPause is how long calls go elsewhere after a peer asked for that.
	goawayPause = time.Second

	// failureCost is what a failed attempt counts; an answer counts 1. A peer that fails
	// more than one attempt in five reaches ejectAt in the end.
	failureCost = 4

	// ejectAt is how much failed attempts may count before the peer is ejected: that of
	// three in a row.
	ejectAt = 3 * failureCost

	// ejection is how many steps of backoff an ejected peer skips: finding out whether it
	// answers may cost a caller its deadline. So it begins with 160 to 320 ms.
	ejection = 4

	// relapse is how long an ejection is remembered: a peer that is ejected again within it
	// continues with the longer pauses.
	relapse = 30 * time.Second
)

// next returns the health after an event: h itself if nothing changes. Err is why
// a dial failed.
func (h *health) next(e Event, err error) *health {
	trouble := h.state == down || h.state == mute || h.state == ejected
	switch e {
	case failed:
		n := health{state: down, reached: h.reached, err: err, since: time.Now(), tries: 1}
		if trouble {
			n.since, n.tries = h.since, h.tries+1
		}
		return n.pause()
	case NoAnswer:
		n := health{state: mute, reached: h.reached, since: time.Now(), tries: 1}
		switch h.state {
		case down, mute:
			return h // if it was mute, the attempt was counted when it was claimed
		case ejected:
			n.since, n.tries = h.since, h.tries
		}
		return n.pause()
	case Silent:
		if !trouble {
			return h.eject(0)
		}
	case broken:
		switch n := *h; {
		case trouble:
		case h.failures+failureCost >= ejectAt:
			return h.eject(ejectAt)
		default:
			n.failures += failureCost
			return &n
		}
	case reachable, quiet:
		if h.state != ejected {
			return h
		}
		n := *h
		if e == reachable {
			n.open, n.until = true, time.Now()
			return &n
		}
		n.tries++
		return n.pause()
	case GoAway:
		if h.state == well {
			return &health{state: away, reached: h.reached, until: time.Now().Add(goawayPause)}
		}
	case claimed:
		if !trouble {
			return h
		}
		n := *h
		if h.state == mute || h.open {
			n.tries++ // now, since the peer may take its time to hang up
		}
		n.open, n.trying = false, h.open
		return n.pause()
	case connected:
		switch {
		case h.state == away || h.state == down || h == untried:
			return healthy
		case !h.reached:
			n := *h
			n.reached = true
			return &n
		}
	case Answered:
		switch n := *h; {
		case h.state == ejected && h.failures > 0 && !h.trying:
			return h // to an attempt from before
		case h.state == ejected:
			return &health{reached: true, since: time.Now(), tries: h.tries}
		case h.state == mute:
			return healthy
		case h.failures > 0:
			n.failures--
			return &n
		case h.tries > 0 && !trouble && time.Since(h.since) > relapse:
			return healthy
		}
	case pauseEnded:
		switch {
		case h.state == away && h.reached:
			return healthy
		case h.state == away:
			return untried
		}
	}
	return h
}

// eject returns the health of a peer that was well, or away, until now: it is silent, or has
// failures.
func (h *health) eject(failures int) *health {
	n := health{state: ejected, reached: h.reached, since: time.Now(), tries: 1, failures: failures}
	if h.tries > 0 && time.Since(h.since) <= relapse {
		n.tries += h.tries
	}
	return n.pause()
}

// settled reports whether an answer of the peer changes nothing.
func (h *health) settled() bool {
	return h.state == down || h.state == away || h.state == well && h.failures == 0 && h.tries == 0
}

// pause sets when a peer that was tried just now may be tried again.
func (h *health) pause() *health {
	h.tried = time.Now()
	d := backoff(h.tries)
	switch {
	case h.state == ejected:
		d = backoff(h.tries + ejection)
	case h.callsWait(h.tried):
		d = min(d, maxBackoffWaiting)
	}
	h.until = h.tried.Add(d)
	return h
}

// callsWait reports whether calls wait until then for a peer to come back.
func (h *health) callsWait(then time.Time) bool { return then.Sub(h.since) <= reconnectWait }

// backoff returns how long to wait after a number of failures: twice as long each
// time, and shortened at random by up to a half, so that many clients don't come
// back at the same moment.
func backoff(failures int) time.Duration {
	const shortest, longest = 20 * time.Millisecond, 10 * time.Second
	d := min(shortest<<min(failures-1, 20), longest)
	return d/2 + rand.N(d/2)
}
