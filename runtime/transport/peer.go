package transport

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/origin"
)

// A Peer is who sends calls. A transport with connections makes one for each connection,
// so that a peer that guesses tokens is slowed down. Other transports make one for each
// call. It is safe for concurrent use.
type Peer struct {
	runtime.Peer

	ip    netip.Addr   // as it is counted; invalid if the peer has no address
	hold  atomic.Int64 // when the next call may begin, in ns since 1970; 0 means now
	known atomic.Bool  // the peer isn't a newcomer
	plain bool         // what the peer sends travels through a network without TLS

	// These are guarded by the lock of the door.
	address  *address  // nil unless the peer's connection is counted
	newcomer *newcomer // nil unless the peer is one
}

// NewPeer returns a peer at an address, which may be nil. State is that of its TLS
// connection; nil if there is none.
func NewPeer(addr net.Addr, state *tls.ConnectionState) *Peer {
	p := &Peer{Peer: runtime.Peer{Addr: addr, TLS: state}, ip: origin.Of(addr)}
	p.plain = state == nil && p.remote()
	return p
}

// held returns how long the next call of p has to wait; it is 0 or less if it may begin.
func (p *Peer) held() time.Duration {
	until := p.hold.Load()
	if until == 0 {
		return 0
	}
	return time.Until(time.Unix(0, until))
}

// remote reports whether p is at another machine, as far as its address tells.
func (p *Peer) remote() bool {
	tcp, ok := p.Addr.(*net.TCPAddr)
	return ok && !tcp.IP.IsLoopback()
}
