// Package listen makes the listeners of a server: at an address, which may be a Unix
// socket, or from the sockets that systemd has opened for the program.
//
//	l, err := listen.At("unix:/run/slave.sock")
package listen

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"
)

// At listens at addr, which is "host:port", ":port" for all addresses of the machine, or
// "unix:/path" for a Unix socket. At replaces a socket that no program listens at any
// more. The permissions of the socket's folder decide who may connect.
func At(addr string) (net.Listener, error) {
	path, unix := strings.CutPrefix(addr, "unix:")
	if !unix {
		return net.Listen("tcp", addr)
	}
	l, err := net.Listen("unix", path)
	if err != nil && abandoned(path) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		l, err = net.Listen("unix", path)
	}
	return l, err
}

// abandoned reports whether there is a socket at path that no program listens at.
func abandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return false
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		c.Close()
	}
	return refused(err)
}
