package runtime

import "time"

// Limits bound what peers can take from a Server. They are on by default: zero means
// the default that a field's comment names, a negative value no limit. A peer that meets
// a limit is told so, unless it ran out of time to begin a request or to read a response.
//
// They hold for one call of Server.Serve, with all its listeners.
type Limits struct {
	// Frame is how many bytes a request may have; 16 MiB. A longer request is
	// refused when its header arrives, and the connection is closed unless the wire
	// can skip the rest. The size of responses isn't limited.
	Frame int

	// Depth is how deeply the arrays and objects of a request may be nested; 512. A
	// deeper request is a bad request.
	Depth int

	// Header is how long a peer may take to begin its first request, and then to
	// send the header of each; 10 s. The TLS handshake counts. Then the connection is
	// closed.
	Header time.Duration

	// Body is how long a peer may take to send a request after its header; 1 min.
	// Then the connection is closed.
	Body time.Duration

	// Idle is how long a connection may be without a call, give or take 10 s; 5 min.
	// Then the peer is asked to leave, if the wire has a message for that, and the
	// connection is closed.
	Idle time.Duration

	// Write is how long a peer may take to accept one write, or up to a quarter
	// longer; 30 s. Then the connection is closed and its calls are cancelled.
	Write time.Duration

	// Conns is how many connections there may be; 16 384. Further ones are refused.
	Conns int

	// ConnsPerIP is how many connections there may be from one address, or from one
	// /64 of IPv6; 4096. Further ones are refused. Unix sockets aren't counted.
	ConnsPerIP int

	// Calls is how many calls may be under way; 16 384. At the limit, calls wait and
	// the server stops reading, except for what it needs to see a cancelled call.
	Calls int

	// CallsPerConn is how many calls may be under way on one connection; 256. At the
	// limit, its calls wait as they do for Calls.
	CallsPerConn int

	// FailedTokens is how many bad tokens an address, or a /64 of IPv6, may send
	// within a minute; 100. A token counts as bad while it is being checked. Beyond the
	// limit, its tokens are refused unchecked, at most one a second on each connection,
	// except those that were good before.
	FailedTokens int
}
