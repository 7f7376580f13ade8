package transport

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Peer is who sends calls. A transport with connections has one for each, so that a
// peer who guesses tokens is held up; others have one for each call.
type Peer struct {
	runtime.Peer

	addr netip.Addr   // as it is counted; invalid if the peer has no address
	hold atomic.Int64 // no call begins before; in ns since 1970, 0 if there is nothing to wait for
}

// NewPeer returns a peer at an address, which may be nil. State is that of its TLS
// connection; nil if there is none.
func NewPeer(addr net.Addr, state *tls.ConnectionState) *Peer {
	return &Peer{Peer: runtime.Peer{Addr: addr, TLS: state}, addr: counted(addr)}
}

// held returns for how long no call of p begins.
func (p *Peer) held() time.Duration {
	until := p.hold.Load()
	if until == 0 {
		return 0
	}
	return time.Until(time.Unix(0, until))
}

// counted returns the address by which a peer is counted: a whole /64 for IPv6, which is
// what one host has. It isn't valid if a isn't an IP address.
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
