package keepalive

import (
	"net"
	"syscall"
	"testing"
)

// Both ends of a connection get the options.
func TestSet(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	Set(c)
	raw, _ := c.(*net.TCPConn).SyscallConn()
	for name, o := range map[string]struct{ level, option, want int }{
		"SO_KEEPALIVE":     {syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
		"TCP_KEEPIDLE":     {syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 15},
		"TCP_KEEPINTVL":    {syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 5},
		"TCP_USER_TIMEOUT": {syscall.IPPROTO_TCP, tcpUserTimeout, 30_000},
	} {
		raw.Control(func(fd uintptr) {
			if n, err := syscall.GetsockoptInt(int(fd), o.level, o.option); n != o.want || err != nil {
				t.Errorf("%s is %d, %v; want %d", name, n, err, o.want)
			}
		})
	}
	Set(nil) // no TCP
}
