package main

import (
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// TestCall_oddAnswers calls services that answer with some bytes and close the connection.
// Whatever they answer, there is no second connection.
func TestCall_oddAnswers(t *testing.T) {
	for _, test := range []struct{ name, answer, want string }{
		{"nothing", "", "tpp call: bad response: the response was null, or the connection closed without one; use --contract FILE to tell these apart; if the service speaks TLS, add --tls"},
		{"an alert of TLS", "\x15\x03\x01\x00\x02\x02\x46", `tpp call: unavailable: ADDR: frame cut short in its header "\x15\x03\x01\x00\x02\x02F"; the service speaks TLS: add --tls`},
		{"half an answer", "30\n{\"code\"", "tpp call: unavailable: ADDR: frame cut short: 7 of 30 bytes came"},
		{"half a length", "3", `tpp call: unavailable: ADDR: frame cut short in its header "3"`},
		{"no JSON", "3\n{]}", "tpp call: bad response: invalid JSON at byte 1: found ']' where a name is expected"},
		{"a null error", "25\n{\"code\": 1, \"body\": null}", "tpp call: code 1, without a message"},
		{"an empty error", "23\n{\"code\": 1, \"body\": \"\"}", "tpp call: code 1, without a message"},
		{"an error with a name", "35\n{\"code\":2,\"body\":null,\"name\":\"Sad\"}", "tpp call: code 2 (Sad)"},
		{"a bad request", "47\n{\"code\":1,\"body\":{\"error\":\"bad request: no n\"}}", "tpp call: code 1: bad request: no n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := listen(t)
			defer l.Close()
			var conns atomic.Int32
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					conns.Add(1)
					buf := make([]byte, 1000)
					c.Read(buf)
					io.WriteString(c, test.answer)
					c.(*net.TCPConn).CloseWrite()
					io.Copy(io.Discard, c)
					c.Close()
				}
			}()
			var stderr strings.Builder
			status := run(context.Background(), []string{"call", l.Addr().String(), "healthcheck"}, nil, io.Discard, &stderr)
			got := strings.ReplaceAll(stderr.String(), l.Addr().String(), "ADDR")
			if status != statusFailed || got != test.want+"\n" {
				t.Errorf("status %d and %s, want %s", status, got, test.want)
			}
			if n := conns.Load(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}
