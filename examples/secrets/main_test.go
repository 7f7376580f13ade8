package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tpp-rpc/tpp/examples/secrets/secrets"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// asCommand makes the test's program run as the command.
const asCommand = "SECRETS_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// command returns the command, to be run in dir with the token 123.
func command(dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), asCommand+"=1", "SECRETS_TOKEN=123"), env...)
	return cmd
}

// newDir returns a new folder with a file of keys.
func newDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	key, err := command(dir, nil, "newkey").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keys"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A process is the service in its own process.
type process struct {
	cmd    *exec.Cmd
	client *secrets.Client
	conn   *runtime.Client
}

// start starts the service in dir and waits until it serves.
func start(t *testing.T, dir string) *process {
	t.Helper()
	cmd := command(dir, nil, "-keys", "keys", "-listen", "127.0.0.1:0")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd}
	t.Cleanup(p.kill)
	lines := bufio.NewReader(log)
	line, err := lines.ReadString('\n')
	_, addr, ok := strings.Cut(strings.TrimSpace(line), "msg=serving addr=")
	if err != nil || !ok {
		t.Fatalf("the service said %q, %v", line, err)
	}
	go io.Copy(io.Discard, lines)
	p.conn = &runtime.Client{Wire: tpp.Wire{}, Addr: addr, Token: "123"}
	p.client = secrets.NewClient(p.conn.Do)
	return p
}

// kill kills the service as kill -9 does.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
	if p.conn != nil {
		p.conn.Close()
	}
}

// The service is killed several times, in the middle of many writes. Afterwards every confirmed
// write is there, and every other one is there in full or not at all.
func TestKill(t *testing.T) {
	const (
		kills   = 5
		writers = 4
		writes  = 10 // confirmed writes of each writer before a kill
	)
	dir := newDir(t)
	var confirmed, sent [writers]int // the number of each writer's last write
	for range kills {
		p := start(t, dir)
		var wait, enough sync.WaitGroup
		enough.Add(writers)
		for w := range writers {
			wait.Go(func() {
				for written := 1; ; written++ {
					n := sent[w] + 1
					sent[w] = n
					err := p.client.AddOrUpdateSecret(t.Context(), &secrets.AddOrUpdateSecretRequest{
						Owner: ada, Key: fmt.Sprint("writer", w), Value: value(w, n),
					})
					if err != nil {
						if written <= writes {
							t.Errorf("write %d: %v", n, err)
							enough.Done()
						}
						return
					}
					confirmed[w] = n
					if written == writes {
						enough.Done()
					}
				}
			})
		}
		enough.Wait()
		p.kill()
		wait.Wait()

		p = start(t, dir)
		resp, err := p.client.GetSecrets(t.Context(), &secrets.GetSecretsRequest{Owners: []string{ada}})
		if err != nil {
			t.Fatal(err)
		}
		if len(resp) != writers {
			t.Errorf("%d secrets, want %d", len(resp), writers)
		}
		for _, v := range resp {
			w, err := strconv.Atoi(strings.TrimPrefix(v.Key, "writer"))
			if err != nil {
				t.Fatal(err)
			}
			number, _, _ := strings.Cut(v.Value, " ")
			n, _ := strconv.Atoi(number)
			if n < confirmed[w] || n > sent[w] {
				t.Errorf("%s has write %d; %d was confirmed, %d sent", v.Key, n, confirmed[w], sent[w])
			}
			if v.Value != value(w, n) {
				t.Errorf("write %d of %s is torn", n, v.Key)
			}
		}
		p.kill()
	}
	t.Logf("confirmed %v, sent %v", confirmed, sent)
}

// value returns a writer's nth value, which fills several pages of the database.
func value(writer, n int) string {
	return fmt.Sprint(n, " ", strings.Repeat(fmt.Sprint("by ", writer, " the ", n, "; "), 1000))
}

// Wrong settings are refused with an explanation.
func TestRun_refuses(t *testing.T) {
	dir := newDir(t)
	p := start(t, dir)
	err := p.client.AddOrUpdateSecret(t.Context(), &secrets.AddOrUpdateSecretRequest{Owner: ada, Key: "k", Value: "v"})
	if err != nil {
		t.Fatal(err)
	}
	p.kill()
	for _, test := range []struct {
		env  []string
		args []string
		want string
	}{
		{[]string{"SECRETS_KEYS=" + keyText(9)}, nil, "which isn't in SECRETS_KEYS"},
		{nil, []string{"-keys", "missing"}, "open missing: no such file"},
		{nil, nil, "say -keys FILE, or set SECRETS_KEYS"},
		{[]string{"SECRETS_TOKEN="}, []string{"-keys", "keys"}, "set SECRETS_TOKEN to the token"},
		{[]string{"SECRETS_TOKEN_HASH=x"}, []string{"-keys", "keys"}, "not both"},
		{[]string{"SECRETS_TOKEN=", "SECRETS_TOKEN_HASH=x"}, []string{"-keys", "keys"}, "bcrypt hash of \"client\""},
		{nil, []string{"-keys", "keys", "-cert", "missing"}, "the certificate: "},
		{nil, []string{"-keys", "keys", "-listen", "nowhere"}, "listen tcp"},
	} {
		cmd := command(dir, test.env, append([]string{"-listen", "127.0.0.1:0"}, test.args...)...)
		var out bytes.Buffer
		cmd.Stderr = &out
		err := cmd.Run()
		if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(out.String(), test.want) || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("secrets %v (%v): %v: %s; want %s", test.args, test.env, err, &out, test.want)
		}
	}
}

// An interrupt stops the service in order.
func TestRun_interrupted(t *testing.T) {
	p := start(t, newDir(t))
	if err := p.client.RemoveAll(t.Context(), &secrets.RemoveAllRequest{Owner: ada}); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
	err := p.client.RemoveAll(t.Context(), &secrets.RemoveAllRequest{Owner: ada})
	if runtime.ReasonOf(err) != runtime.Unavailable {
		t.Errorf("afterwards: %v", err)
	}
}
