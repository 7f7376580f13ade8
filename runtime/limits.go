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

	// Conns is how many connections there may be; 16 384. A further one takes the place
	// of the oldest connection without an authenticated call, which is closed. If there
	// is none that is older than 1 s, the further one is refused.
	Conns int

	// ConnsPerIP is how many connections there may be from one address, or from one
	// /64 of IPv6; 4096. Further ones replace others of that address, or are refused, as
	// for Conns. Unix sockets aren't counted.
	ConnsPerIP int

	// Calls is how many calls may be under way; 16 384. At the limit, calls wait and
	// the server stops reading, except for what it needs to see a cancelled call.
	Calls int

	// CallsPerConn is how many calls may be under way on one connection; 256. At the
	// limit, its calls wait as they do for Calls.
	CallsPerConn int

	// FailedTokens is how many bad tokens an address, or a /64 of IPv6, may send
	// within a minute; 100. A token counts as bad while it is being checked. Beyond the
	// limit, its tokens are refused unchecked, except those that were good before. A
	// connection without an authenticated call is refused one token a second at most.
	FailedTokens int

	// PreAuth is how long a connection may be without an authenticated call; 30 s. It
	// begins when the connection is accepted. Then the peer is told, calls of actions
	// that need no token may end, and the connection is closed within 5 s. A token that
	// wasn't good before may also take that long to check, on any connection.
	PreAuth time.Duration

	// PreAuthCalls is how many calls may be under way on a connection until one of its
	// calls is authenticated; 16. At the limit, its calls wait as they do for Calls.
	PreAuthCalls int

	// PreAuthTokens is how many tokens may be checked, or wait for it, that weren't good
	// before; 1024. An address, or a /64 of IPv6, may have at most as many of them as are
	// left for others, but always one. Further tokens are refused unchecked. Calls that
	// wait for these checks don't count for Calls.
	PreAuthTokens int

	// PreAuthBytes is how many bytes of requests the server may hold for connections
	// without an authenticated call; eight times Frame. Half of them may be for one
	// address, or a /64 of IPv6. If there isn't enough left for a request, connections
	// from an address with more are closed; if there is none, the request is refused
	// like one that is longer than Frame. A request may count 1 KiB more than it has,
	// and the first 8 KiB of each connection don't count.
	PreAuthBytes int
}
