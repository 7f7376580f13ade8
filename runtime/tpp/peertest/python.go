package peertest

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

//go:embed requirements.txt
var requirements []byte

//go:embed requirements3.txt
var requirements3 []byte

// Python returns the path of a Python that has ToxicBuild's packages. Without one the test
// is skipped, or fails if TPP_PEERS is "required".
func Python(t testing.TB) string {
	t.Helper()
	return pythonOf(t, environment)
}

func pythonOf(t testing.TB, environment func() (string, error)) string {
	t.Helper()
	python, err := environment()
	if err != nil {
		without(t, err)
	}
	return python
}

// without ends a test that can't talk to the peers, and says why.
func without(t testing.TB, why error) {
	t.Helper()
	if os.Getenv("TPP_PEERS") == "required" {
		t.Fatalf("no Python peers: %v", why)
	}
	t.Skipf("no Python peers: %v", why)
}

// setupTime bounds how long setting up the virtual environment may take, the wait for
// another process that does it included.
const setupTime = 5 * time.Minute

// The virtual environments: that of all programs, and one for the other version of tinyproto.
var (
	environment  = sync.OnceValues(func() (string, error) { return setUp(requirements) })
	environment3 = sync.OnceValues(func() (string, error) { return setUp(requirements3) })
)

// setUp sets up the virtual environment that has what requirements names, unless it's there,
// and returns its Python.
func setUp(requirements []byte) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), setupTime)
	defer cancel()

	base, err := exec.LookPath("python3")
	if err != nil {
		return "", err
	}
	version, err := run(ctx, base, "-c", "import sys; print(sys.version, sys.base_prefix)")
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	name := sha256.Sum256(append(version, requirements...))
	dir := filepath.Join(cache, "tpp-peers", fmt.Sprintf("%x", name[:8]))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	unlock, err := lock(ctx, filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	return install(ctx, base, dir, requirements)
}

// install makes the virtual environment in dir and returns its Python. The file "complete"
// is written last, so what an interrupted run left is made anew.
func install(ctx context.Context, base, dir string, requirements []byte) (string, error) {
	venv, complete := filepath.Join(dir, "venv"), filepath.Join(dir, "complete")
	python := filepath.Join(venv, "bin", "python")
	if _, err := os.Stat(complete); err == nil {
		return python, nil
	}
	wanted := filepath.Join(dir, "requirements.txt")
	if err := os.WriteFile(wanted, requirements, 0o666); err != nil {
		return "", err
	}
	if _, err := run(ctx, base, "-m", "venv", "--clear", venv); err != nil {
		return "", err
	}
	if _, err := run(ctx, python, "-m", "pip", "install", "--no-deps", "--no-input", "--disable-pip-version-check",
		"--retries", "1", "--timeout", "20", "-r", wanted); err != nil {
		return "", err
	}
	return python, os.WriteFile(complete, nil, 0o666)
}

// run runs a program and returns its output. The error is one line, the last that the
// program wrote to its standard error.
func run(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	out, err := cmd.Output()
	if err == nil {
		return out, nil
	}
	what := strings.Join(append([]string{filepath.Base(name)}, args[:min(len(args), 3)]...), " ")
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		lines := bytes.Split(bytes.TrimSpace(exit.Stderr), []byte("\n"))
		return nil, fmt.Errorf("%s: %s", what, lines[len(lines)-1])
	}
	return nil, fmt.Errorf("%s: %w", what, err)
}
