package origin

import (
	"net"
	"net/netip"
	"testing"
)

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		addr net.Addr
		want string // "" if it isn't valid
	}{
		{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1}, "192.0.2.1"},
		{&net.TCPAddr{IP: net.ParseIP("::ffff:192.0.2.1")}, "192.0.2.1"},
		{&net.TCPAddr{IP: net.ParseIP("2001:db8:1:2:3:4:5:6")}, "2001:db8:1:2::"},
		{&net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0"}, "fe80::"},
		{&net.TCPAddr{}, ""},
		{&net.UnixAddr{Name: "/run/socket"}, ""},
		{nil, ""},
	} {
		var want netip.Addr
		if tt.want != "" {
			want = netip.MustParseAddr(tt.want)
		}
		if got := Of(tt.addr); got != want {
			t.Errorf("Of(%v) = %v, want %v", tt.addr, got, want)
		}
	}
}
