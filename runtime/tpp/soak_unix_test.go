//go:build unix

package tpp

import (
	"context"
	"net"
	"syscall"
	"testing"
	"time"
)

// A server that ran out of files serves again as soon as there are some.
func TestSoak_outOfFiles(t *testing.T) {
	leavesNothing(t, func() {
		s := serveTCP(t, "")
		client := s.client()
		if _, err := invoke(context.Background(), client.Do, &actionDouble, 1); err != nil {
			t.Error(err)
		}
		var was syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
			t.Fatal(err)
		}
		few := was
		few.Cur = 100
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
			t.Fatal(err)
		}
		defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was)
		var conns []net.Conn
		for {
			c, err := net.Dial("tcp", s.addr)
			if err != nil {
				break
			}
			conns = append(conns, c)
		}
		if _, err := invoke(context.Background(), client.Do, &actionDouble, 1); err != nil {
			t.Errorf("on a connection that was there: %v", err)
		}
		for _, c := range conns {
			c.Close()
		}
		began := time.Now()
		other := s.client()
		if _, err := invoke(context.Background(), other.Do, &actionDouble, 1); err != nil {
			t.Errorf("afterwards: %v", err)
		}
		took := time.Since(began)
		t.Logf("%d connections were too many; a new one was served %v after they had gone", len(conns), took)
		if took > time.Second {
			t.Error("that's too long")
		}
		other.Close()
		client.Close()
		s.end(t)
	})
}
