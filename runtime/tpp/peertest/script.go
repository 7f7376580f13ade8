package peertest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A Script is a running Python program that needs nothing beyond the standard library,
// which reads lines of JSON and writes some.
type Script struct {
	in   io.WriteCloser
	outs chan []byte
}

// Run starts the program at path. It ends with the test. Where there's no Python 3, the test
// skips, or fails if TPP_PEERS is "required".
func Run(t testing.TB, path string, args ...string) *Script {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		without(t, err)
	}
	cmd := exec.CommandContext(t.Context(), python, append([]string{path}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONIOENCODING=utf-8")
	cmd.WaitDelay = 5 * time.Second
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &Script{in: in, outs: make(chan []byte, 1024)}
	go func() {
		defer close(s.outs)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.outs <- bytes.Clone(lines.Bytes())
		}
	}()
	t.Cleanup(func() {
		in.Close()
		for range s.outs {
		}
		cmd.Wait()
		if t.Failed() && complaints.Len() > 0 {
			t.Logf("%s said:\n%s", path, &complaints)
		}
	})
	return s
}

// Send sends v as a line of JSON.
func (s *Script) Send(t testing.TB, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.in.Write(append(data, '\n')); err != nil {
		t.Fatalf("Python peer: %v", err)
	}
}

// Receive decodes the next line that the program prints into v.
func (s *Script) Receive(t testing.TB, v any) {
	t.Helper()
	select {
	case line, ok := <-s.outs:
		if !ok {
			t.Fatal("Python peer: it has ended")
		}
		if err := json.Unmarshal(line, v); err != nil {
			t.Fatalf("Python peer: %v in %q", err, line)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("Python peer: it says nothing")
	}
}
