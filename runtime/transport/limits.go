package transport

import (
	"math"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// Limits are a server's limits as transports apply them, with the defaults filled in. A
// count that is off is a very large number, a time that is off is 0.
type Limits struct {
	Frame, Depth              int
	Header, Body, Idle, Write time.Duration
	Conns, ConnsPerIP         int
	Calls, CallsPerConn       int
	FailedTokens              int
	PreAuth                   time.Duration
	PreAuthCalls              int
	PreAuthTokens             int
	PreAuthBytes              int64
}

// unlimited stands for a count that is off.
const unlimited = 1<<31 - 1

// resolve fills in the defaults of l. They are those that runtime.Limits documents.
func resolve(l runtime.Limits) Limits {
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

		PreAuth:       span(l.PreAuth, 30*time.Second),
		PreAuthCalls:  count(l.PreAuthCalls, 16),
		PreAuthTokens: count(l.PreAuthTokens, 1024),
		PreAuthBytes:  preAuthBytes(l),
	}
}

// preAuthBytes resolves l.PreAuthBytes. One address gets half of it, so by default there is
// room for four of the longest requests from one address.
func preAuthBytes(l runtime.Limits) int64 {
	switch {
	case l.PreAuthBytes == 0:
		return 8 * int64(count(l.Frame, 16<<20))
	case l.PreAuthBytes < 0:
		return math.MaxInt64 / 2
	}
	return int64(l.PreAuthBytes)
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
