package codec

import (
	"errors"
	"net/netip"
	"strings"
)

// An Addr is an IP address. It remembers how it was spelled, so that it isn't
// changed in passing; set Addr to change it.
type Addr struct {
	netip.Addr
	text string // how it was spelled; "" if that's how Addr would be
}

// ParseAddr reads an IP address without a zone.
func ParseAddr(s string) (Addr, error) {
	a, ok := parseAddr(s)
	if !ok {
		return Addr{}, errors.New("parsing " + quote(s) + ": expected an IP address")
	}
	return a, nil
}

// IPv4 reads a string that holds an address of IPv4.
func (d *Decoder) IPv4() Addr { return d.addr(32, "an IPv4 address") }

// IPv6 reads a string that holds an address of IPv6.
func (d *Decoder) IPv6() Addr { return d.addr(128, "an IPv6 address") }

// addr reads an address of so many bits.
func (d *Decoder) addr(bits int, want string) Addr {
	s := d.String()
	if d.failed || d.last == d.bad {
		return Addr{}
	}
	a, ok := parseAddr(s)
	if !ok || a.BitLen() != bits {
		d.mistaken(want)
		return Addr{}
	}
	return a
}

// AppendAddr appends a as a string. The zero Addr is an error, and so is one
// with a zone, which only the machine that gave it understands.
func AppendAddr(b []byte, a Addr) ([]byte, error) {
	switch {
	case !a.IsValid():
		return b, errors.New("encoding an IP address: there is none")
	case a.Zone() != "":
		return b, errors.New("encoding IP address " + quote(a.Addr.String()) + ": it has a zone")
	}
	b = append(b, '"')
	if was, ok := parseAddr(a.text); ok && was.Addr == a.Addr {
		b = append(b, a.text...)
	} else {
		b = a.AppendTo(b)
	}
	return append(b, '"'), nil
}

func parseAddr(s string) (Addr, bool) {
	if strings.IndexByte(s, '%') >= 0 {
		return Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return Addr{}, false
	}
	var buf [64]byte
	if string(a.AppendTo(buf[:0])) == s {
		s = ""
	}
	return Addr{a, s}, true
}
