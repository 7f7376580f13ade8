package listen

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A socket isn't abandoned just because its program is too busy to accept.
func TestAt_busy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	full := false
	for n := 0; n < 10 && !full; n++ {
		c, err := net.DialTimeout("unix", path, time.Second)
		if full = err != nil; !full {
			defer c.Close()
		}
	}
	if !full {
		t.Fatal("the socket takes any number of connections")
	}
	if l, err := At("unix:" + path); err == nil {
		l.Close()
		t.Error("a socket with a listener was taken over")
	}
}
