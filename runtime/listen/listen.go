// Package listen makes the listeners of a server: at an address as people write
// it, or those that systemd has made for the program.
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
// "unix:/path" for a Unix socket. A socket that a program which is gone has left
// at path is replaced; who may connect is decided by the permissions of its folder.
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

// abandoned reports whether there's a socket at path that nobody listens at.
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
