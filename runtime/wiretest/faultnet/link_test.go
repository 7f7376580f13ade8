package faultnet

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// echo returns a proxy in front of a server that sends back what it gets.
func echo(t *testing.T) *Proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	p, err := Listen(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(); l.Close() })
	return p
}

func dial(t *testing.T, p *Proxy) net.Conn {
	c, err := net.Dial("tcp", p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// says sends a word, and returns how much of it comes back within a time.
func says(t *testing.T, c net.Conn, within time.Duration) (string, error) {
	t.Helper()
	io.WriteString(c, "hello")
	c.SetReadDeadline(time.Now().Add(within))
	b := make([]byte, 5)
	n, err := io.ReadFull(c, b)
	return string(b[:n]), err
}

func TestProxy_faults(t *testing.T) {
	const short, long = 50 * time.Millisecond, 10 * time.Second
	p := echo(t)
	old := dial(t, p)
	if got, err := says(t, old, long); got != "hello" {
		t.Fatalf("no fault: %q, %v", got, err)
	}
	for name, fault := range map[string]func(){"Silence": p.Silence, "DropUp": p.DropUp, "DropDown": p.DropDown} {
		fault()
		for _, c := range []net.Conn{old, dial(t, p)} {
			if got, err := says(t, c, short); got != "" || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		p.Heal()
	}
	old = dial(t, p)
	says(t, old, long)
	p.Forget()
	if got, err := says(t, old, short); got != "" || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Forget: %q, %v", got, err)
	}
	if got, err := says(t, dial(t, p), long); got != "hello" {
		t.Errorf("Forget, a new connection: %q, %v", got, err)
	}
	p.Heal()
	p.Delay(100 * time.Millisecond)
	began := time.Now()
	if got, err := says(t, dial(t, p), long); got != "hello" || time.Since(began) < 200*time.Millisecond {
		t.Errorf("Delay: %q, %v after %v", got, err, time.Since(began))
	}
	p.Heal()
	p.CutAt(3)
	if got, err := says(t, dial(t, p), long); got != "hel" || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("CutAt: %q, %v", got, err)
	}
}
