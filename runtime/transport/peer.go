package transport

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Peer is who sends calls. A transport with connections makes one for each connection,
// so that a peer that guesses tokens is slowed down. Other transports make one for each
// call. It is safe for concurrent use.
type Peer struct {
	runtime.Peer

	addr netip.Addr   // as it is counted; invalid if the peer has no address
	hold atomic.Int64 // when the next call may begin, in ns since 1970; 0 means now
}

// NewPeer returns a peer at an address, which may be nil. State is that of its TLS
// connection; nil if there is none.
func NewPeer(addr net.Addr, state *tls.ConnectionState) *Peer {
	return &Peer{Peer: runtime.Peer{Addr: addr, TLS: state}, addr: counted(addr)}
}

// held returns how long the next call of p has to wait; it is 0 or less if it may begin.
func (p *Peer) held() time.Duration {
	until := p.hold.Load()
	if until == 0 {
		return 0
	}
	return time.Until(time.Unix(0, until))
}

// counted returns the address under which a peer is counted: its /64 for IPv6, since one
// host has that many addresses. It isn't valid if a isn't a TCP address.
func counted(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	if ip.Is6() {
		p, _ := ip.Prefix(64)
		return p.Addr()
	}
	return ip
}
