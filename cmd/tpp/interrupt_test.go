package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
)

// TestCall_interrupted leaves a stream that has no end, after its first item.
func TestCall_interrupted(t *testing.T) {
	s := startShop(t)
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--contract", "../../testdata/cli/shop.yaml"}, statusOK, ""},
		{nil, statusFailed, "tpp call: canceled: interrupted\n"},
	} {
		ctx, interrupt := context.WithCancel(context.Background())
		out, stdout := io.Pipe()
		var stderr strings.Builder
		status := make(chan int)
		go func() {
			args := append([]string{"call", s.addr, "offers", "--token", shopToken}, tt.args...)
			status <- run(ctx, args, strings.NewReader(""), stdout, &stderr)
		}()
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "{\"item\":\"pear\"}\n" {
			t.Errorf("%q: the first line is %q, %v", tt.args, line, err)
		}
		interrupt()
		if got := <-status; got != tt.status || stderr.String() != tt.want {
			t.Errorf("%q: interrupted with status %d and %q, want %d and %q", tt.args, got, stderr.String(), tt.status, tt.want)
		}
	}
}
