package runtime

import "time"

// Limits bound what peers can take from a Server. They are on by default: a
// zero field means the default that its comment names, a negative one means no
// limit. A peer that meets one is told so, unless what it ran out of is time to
// begin a request, or to read.
type Limits struct {
	// Frame is how many bytes one request may have; 16 MiB. A longer one is
	// refused from its header on, at the cost of the connection unless the wire can
	// read over it. A response may be of any size.
	Frame int

	// Depth is how deeply the arrays and objects of a request may be nested; 512. A
	// deeper one is a bad request.
	Depth int

	// Header is how long a peer may take to begin its first request, and then to
	// send the header of each; 10 s. The handshake of TLS counts as well. Then the
	// connection is closed.
	Header time.Duration

	// Body is how long a peer may take to send a request after its header; 1 min.
	// Then the connection is closed.
	Body time.Duration

	// Idle is how long a connection may be without a call, give or take 10 s;
	// 5 min. Then the peer is asked to leave, if the wire has a word for that, and
	// the connection is closed.
	Idle time.Duration

	// Write is how long a peer may take to accept what is written at once, or up
	// to a quarter longer; 30 s. Then the connection is closed, and its calls are
	// cancelled.
	Write time.Duration

	// Conns is how many connections there may be; 16 384. Further ones are refused.
	Conns int

	// ConnsPerIP is how many there may be from one address, or from one /64 of
	// IPv6; 4096. Further ones are refused. Unix sockets have no address and aren't
	// counted.
	ConnsPerIP int

	// Calls is how many calls may be under way; 16 384. At the limit, calls wait,
	// and connections aren't read from, or only so far that a cancelled call
	// is noticed.
	Calls int

	// CallsPerConn is how many calls may be under way on one connection; 256. At the
	// limit, it goes on as at that of Calls.
	CallsPerConn int

	// FailedTokens is how many bad tokens an address, or a /64 of IPv6, may
	// send within a minute; 100. One that is being checked counts as bad as long as
	// that takes. Beyond that its tokens are refused unchecked, at most one a second
	// on each connection, except those that were good before.
	FailedTokens int
}

// unlimited stands for a limit that is switched off.
const unlimited = 1<<31 - 1

// orDefault returns l with the defaults filled in. Limits that are switched
// off are large numbers, and times of 0.
func (l Limits) orDefault() Limits {
	return Limits{
		Frame:        count(l.Frame, 16<<20),
		Depth:        count(l.Depth, 512),
		Header:       span(l.Header, 10*time.Second),
		Body:         span(l.Body, time.Minute),
		Idle:         span(l.Idle, 5*time.Minute),
		Write:        span(l.Write, 30*time.Second),
		Conns:        count(l.Conns, 16384),
		ConnsPerIP:   count(l.ConnsPerIP, 4096),
		Calls:        count(l.Calls, 16384),
		CallsPerConn: count(l.CallsPerConn, 256),
		FailedTokens: count(l.FailedTokens, 100),
	}
}

func count(n, byDefault int) int {
	switch {
	case n == 0:
		return byDefault
	case n < 0:
		return unlimited
	}
	return n
}

func span(d, byDefault time.Duration) time.Duration {
	switch {
	case d == 0:
		return byDefault
	case d < 0:
		return 0
	}
	return d
}
