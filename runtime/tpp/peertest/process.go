package peertest

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Program is one of the Python programs of this package.
type Program string

// The servers, for Serve.
const (
	CoreServer    Program = "core_server.py"    // toxiccore's base classes, an action for each shape of answer
	Slave         Program = "slave.py"          // toxicslave
	SecretsServer Program = "secrets_server.py" // toxicsecrets, over a dictionary instead of MongoDB
	TinyServer    Program = "tiny_server.py"    // the library tinyproto, in a Mode
)

// The clients, for Connect.
const (
	CoreClient    Program = "core_client.py"    // toxiccore's base client
	BuildClient   Program = "build_client.py"   // the master's client of the slave
	SecretsClient Program = "secrets_client.py" // the master's client of the secrets service
	TinyClient    Program = "tiny_client.py"    // the library tinyproto
)

// Settings is what a program is told when it starts.
type Settings struct {
	// Token is the access token, in clear: a client sends it, a server keeps its hash.
	Token string `json:"token"`

	// Dir is the folder that the slave works in.
	Dir string `json:"dir,omitempty"`

	// CertFile and KeyFile make a server speak TLS.
	CertFile string `json:"certfile,omitempty"`
	KeyFile  string `json:"keyfile,omitempty"`

	// TLS makes a client speak TLS. It checks the server's certificate against CAFile,
	// which CoreClient alone knows, unless SkipVerify is set.
	TLS        bool   `json:"use_ssl,omitempty"`
	CAFile     string `json:"cafile,omitempty"`
	SkipVerify bool   `json:"-"`

	// Mode is what TinyServer does; see the head of the program. Limit is how many
	// connections it has at most; if zero, there is no limit. Tiny3 makes it, or the
	// client, use version 3 of the library.
	Mode  string `json:"mode,omitempty"`
	Limit int    `json:"limit,omitempty"`
	Tiny3 bool   `json:"tiny3,omitempty"`
}

//go:embed *.py
var programs embed.FS

// process is a program that was started.
type process struct {
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts a program with settings as its argument. It ends with the test, and if that
// failed, the test's log has what the program complained about.
func start(t testing.TB, program Program, settings map[string]any) *process {
	t.Helper()
	environment := environment
	if settings["tiny3"] == true {
		environment = environment3
	}
	python := pythonOf(t, environment)
	argument, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, programs); err != nil {
		t.Fatal(err)
	}

	ctx, kill := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, python, filepath.Join(dir, string(program)), string(argument))
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore", "PYTHONIOENCODING=utf-8")
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
	t.Cleanup(func() {
		in.Close() // which tells the program to end
		patience := time.AfterFunc(5*time.Second, kill)
		cmd.Wait()
		patience.Stop()
		kill()
		if t.Failed() && complaints.Len() > 0 {
			t.Logf("%s said:\n%s", program, &complaints)
		}
	})
	return &process{in, bufio.NewReader(out)}
}

// line returns the next line that the program prints.
func (p *process) line(t testing.TB) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("Python peer: %v", err)
	}
	return strings.TrimSuffix(line, "\n")
}

// Serve starts a server and returns its address. It runs until the test ends.
func Serve(t testing.TB, program Program, s Settings) (addr string) {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", start(t, program, s.fields(t)).line(t))
}

// fields returns the settings by their names in Python.
func (s Settings) fields(t testing.TB) map[string]any {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]any{"validate_cert": !s.SkipVerify}
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}
