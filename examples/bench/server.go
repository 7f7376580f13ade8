package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime/pprof"
	"strings"
)

// A server is a process that serves a system. It gets questions on its standard input, and ends
// at the end of that.
type server struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	addr string
}

// startServer starts a server of s in a process of its own.
func startServer(s system) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	v := &server{cmd: exec.Command(self, "server", s.name)}
	v.cmd.Stderr = os.Stderr
	if v.in, err = v.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	v.out = bufio.NewReader(out)
	if err := v.cmd.Start(); err != nil {
		return nil, err
	}
	if v.addr, err = v.ask(""); err != nil {
		return nil, fmt.Errorf("server of %s: %w", s.name, err)
	}
	return v, nil
}

// ask sends a question, if it isn't "", and returns the answer.
func (v *server) ask(question string) (string, error) {
	if question != "" {
		if _, err := fmt.Fprintln(v.in, question); err != nil {
			return "", err
		}
	}
	line, err := v.out.ReadString('\n')
	return strings.TrimSpace(line), err
}

// measure is measure, in the server's process.
func (v *server) measure(clean bool) (u usage, err error) {
	question := "measure"
	if clean {
		question = "clean"
	}
	answer, err := v.ask(question)
	if err != nil {
		return u, err
	}
	return u, json.Unmarshal([]byte(answer), &u)
}

func (v *server) stop() error {
	v.in.Close()
	return v.cmd.Wait()
}

// peer returns v as a peer for clients of s.
func (v *server) peer(s system, z size) peer {
	p := peer{addr: v.addr, size: z}
	if s.secure() {
		p.tls = newClientTLS()
	}
	return p
}

// serverProcess is the main function of the server's process. It prints its address and
// answers questions.
func serverProcess(args []string) error {
	s, err := findSystem(args[0])
	if err != nil {
		return err
	}
	var config *tls.Config
	if s.secure() {
		if config, err = newServerTLS(); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- s.serve(l, config) }()
	fmt.Println(l.Addr())

	answered := make(chan error, 1)
	go func() { answered <- answerQuestions() }()
	select {
	case err := <-failed:
		return err
	case err := <-answered:
		return err
	}
}

func answerQuestions() error {
	var stop func()
	questions := bufio.NewScanner(os.Stdin)
	for questions.Scan() {
		question, name, _ := strings.Cut(questions.Text(), " ")
		switch question {
		case "profile":
			var err error
			if stop, err = startProfile(name); err != nil {
				return err
			}
			fmt.Println("started")
		case "stop":
			stop()
			fmt.Println("stopped")
		default:
			u, err := measure(question == "clean")
			if err != nil {
				return err
			}
			if err := json.NewEncoder(os.Stdout).Encode(u); err != nil {
				return err
			}
		}
	}
	return questions.Err()
}

// startProfile writes a CPU profile to a file until stop is called.
func startProfile(name string) (stop func(), err error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}
