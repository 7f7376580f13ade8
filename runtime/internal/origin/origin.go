// Package origin says which addresses count as one.
package origin

import (
	"net"
	"net/netip"
)

// Of returns the address under which the peer at a is counted: its own for IPv4, and its
// /64 for IPv6, since one host has that many addresses. It isn't valid if a is nil or isn't
// a TCP address.
func Of(a net.Addr) netip.Addr {
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
