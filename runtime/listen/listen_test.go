//go:build unix

package listen

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// greets checks that a client that dials addr reaches l.
func greets(t *testing.T, l net.Listener, network, addr string) {
	t.Helper()
	go func() {
		if c, err := l.Accept(); err == nil {
			fmt.Fprint(c, "hello")
			c.Close()
		}
	}()
	c, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := make([]byte, 5)
	if n, err := c.Read(b); string(b[:n]) != "hello" {
		t.Errorf("read %q, %v, want hello", b[:n], err)
	}
}

func TestAt(t *testing.T) {
	l, err := At("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	greets(t, l, "tcp", l.Addr().String())
	l.Close()

	path := filepath.Join(t.TempDir(), "s.sock")
	l, err = At("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	greets(t, l, "unix", path)
	if other, err := At("unix:" + path); err == nil {
		other.Close()
		t.Error("a socket with a listener was taken over")
	}

	l.(*net.UnixListener).SetUnlinkOnClose(false) // as if the program had been killed
	l.Close()
	l, err = At("unix:" + path)
	if err != nil {
		t.Fatalf("a socket that was left: %v", err)
	}
	greets(t, l, "unix", path)
	l.Close()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}

	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := At("unix:" + path); err == nil {
		l.Close()
		t.Error("a file was taken for a socket")
	}
	if data, _ := os.ReadFile(path); string(data) != "precious" {
		t.Error("the file is gone")
	}
}

// TestInherited starts itself as systemd does: with two sockets and the process id.
func TestInherited(t *testing.T) {
	const child = "TEST_INHERITED_CHILD"
	if os.Getenv(child) != "" {
		ls, err := Inherited()
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, l := range ls {
			c, err := l.Accept()
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Fprint(c, "hello")
			c.Close()
		}
		again, err := Inherited()
		fmt.Println(len(ls), "sockets, then", len(again), err)
		return
	}

	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	path := filepath.Join(t.TempDir(), "s.sock")
	unix, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close()
	run := func(variables string, files ...*os.File) *exec.Cmd {
		cmd := exec.Command("sh", "-c", variables+` exec "$0" -test.run='^TestInherited$'`, os.Args[0])
		cmd.Env = append(os.Environ(), child+"=1", "GORACE=atexit_sleep_ms=0")
		cmd.ExtraFiles = files
		return cmd
	}

	tcpFile, err := tcp.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer tcpFile.Close()
	unixFile, err := unix.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer unixFile.Close()
	cmd := run("LISTEN_PID=$$ LISTEN_FDS=2", tcpFile, unixFile)
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, l := range []net.Listener{tcp, unix} {
		c, err := net.Dial(l.Addr().Network(), l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 5)
		if n, err := c.Read(b); string(b[:n]) != "hello" {
			t.Errorf("read %q, %v, want hello", b[:n], err)
		}
		c.Close()
	}
	cmd.Wait()
	if !strings.Contains(out.String(), "2 sockets, then 0 <nil>\n") {
		t.Errorf("the child says %q", &out)
	}

	for variables, want := range map[string]string{
		"":                              "0 sockets, then 0 <nil>\n",
		"LISTEN_PID=1 LISTEN_FDS=2":     "0 sockets, then 0 <nil>\n", // for the parent process
		"LISTEN_PID=$$ LISTEN_FDS=many": "LISTEN_FDS is \"many\", not a number of sockets\n",
	} {
		out, err := run(variables).Output()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %q, %v, want %q", variables, out, err, want)
		}
	}
}
