package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// start serves an empty directory until the test ends.
func start(t *testing.T) (addr, dir string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- serve(ctx, l, dir) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), dir
}

// A file comes back as it went up, whatever its size.
func TestRun(t *testing.T) {
	addr, dir := start(t)
	for _, size := range []int{0, 1, pieceSize, 5<<20 + 1} {
		data := make([]byte, size)
		rand.Read(data)
		var out bytes.Buffer
		if err := run(t.Context(), []string{"put", addr, "f"}, bytes.NewReader(data), &out); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		if err := run(t.Context(), []string{"get", addr, "f"}, nil, &out); err != nil || !bytes.Equal(out.Bytes(), data) {
			t.Errorf("%d of %d bytes came back, %v", out.Len(), size, err)
		}
		out.Reset()
		if err := run(t.Context(), []string{"gzip", addr}, bytes.NewReader(data), &out); err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d of %d bytes came out of the archive, %v", len(got), size, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".new-*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// A file that doesn't go up whole leaves nothing, and one that isn't there is an error.
func TestRun_fails(t *testing.T) {
	addr, dir := start(t)
	if err := run(t.Context(), []string{"put", addr, "f"}, io.MultiReader(strings.NewReader("begun"), broken{}), io.Discard); err == nil || !strings.Contains(err.Error(), "multiple Read calls return no data or error") {
		t.Errorf("put: %v", err)
	}
	if err := run(t.Context(), []string{"get", addr, "f"}, nil, io.Discard); err == nil || err.Error() != `there is no file "f"` {
		t.Errorf("get: %v", err)
	}
	if err := run(t.Context(), []string{"put", addr, "../f"}, strings.NewReader("x"), io.Discard); err == nil || !strings.Contains(err.Error(), "/name") {
		t.Errorf("put of a bad name: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "f")); err == nil {
		t.Error("a part of the file is there")
	}
}

// broken fails to be read.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrNoProgress }
