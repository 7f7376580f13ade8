// Package keepalive lets the kernel find out that the peer of a TCP connection has vanished.
package keepalive

import (
	"crypto/tls"
	"net"
	"time"
)

// Config probes a connection that has been quiet for 15 s every 5 s, and ends it when three
// probes had no answer.
var Config = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// userTimeout is how long bytes that were sent may stay unacknowledged before a connection
// ends. The kernel's default is a quarter of an hour. A peer that is there acknowledges also
// while its program doesn't read.
const userTimeout = 30 * time.Second

// Set sets both for c, if that is a TCP connection, or TLS over one. It does as much as the
// system can, and nothing for other connections.
func Set(c net.Conn) {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	if tc, ok := c.(*net.TCPConn); ok {
		tc.SetKeepAliveConfig(Config)
		setUserTimeout(tc, userTimeout)
	}
}
