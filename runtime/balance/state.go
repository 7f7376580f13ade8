package balance

import (
	"math/rand/v2"
	"time"
)

// A state is one of those in the package documentation, which has the transitions.
type state int

const (
	well state = iota
	away       // it asked for calls to go elsewhere
	down       // it can't be reached
	mute       // connections to it ended before any answer
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

	connected  // a connection was made
	failed     // none could be made
	claimed    // a call or a probe is about to try it
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
)

// next returns the health after an event: h itself if nothing changes. Err is why
// a dial failed.
func (h *health) next(e Event, err error) *health {
	trouble := h.state == down || h.state == mute
	switch e {
	case failed:
		n := health{state: down, reached: h.reached, err: err, since: time.Now(), tries: 1}
		if trouble {
			n.since, n.tries = h.since, h.tries+1
		}
		return n.pause()
	case NoAnswer:
		if trouble {
			return h // if it was mute, the attempt was counted when it was claimed
		}
		n := health{state: mute, reached: h.reached, since: time.Now(), tries: 1}
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
		if h.state == mute {
			n.tries++ // now, since the peer may take its time to hang up
		}
		return n.pause()
	case connected:
		switch {
		case h.state != mute && h != healthy:
			return healthy
		case !h.reached:
			n := *h
			n.reached = true
			return &n
		}
	case Answered:
		if h.state == mute {
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

// pause sets when a peer that was tried just now may be tried again.
func (h *health) pause() *health {
	h.tried = time.Now()
	d := backoff(h.tries)
	if h.callsWait(h.tried) {
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
