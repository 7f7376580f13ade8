package peertest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Repository is a git repository with one commit.
type Repository struct {
	URL    string
	Branch string
	Commit string
}

// NewRepository makes a git repository whose only file is toxicbuild.yml, with the content
// given: what a slave wants to know of it. Without git the test ends as it does without Python.
func NewRepository(t testing.TB, builders string) Repository {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		without(t, err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "toxicbuild.yml"), []byte(builders), 0o666); err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null",
			"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.org",
			"GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.org")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v: %s", args[0], err, out)
		}
		return string(bytes.TrimSpace(out))
	}
	git("init", "--quiet")
	git("symbolic-ref", "HEAD", "refs/heads/main")
	git("add", ".")
	git("commit", "--quiet", "--message", "builders")
	return Repository{URL: "file://" + dir, Branch: "main", Commit: git("rev-parse", "HEAD")}
}
