package peertest

import (
	"encoding/json"
	"net"
	"strconv"
	"testing"
)

// Client is a Python client that does what a test tells it, one thing at a time.
type Client struct {
	t testing.TB
	p *process
}

// Outcome is the result of a command: what the Python call returned, as JSON, or the class
// and the text of the exception that it raised.
type Outcome struct {
	Returned json.RawMessage `json:"returned"`
	Raised   string          `json:"raised"`
	Message  string          `json:"message"`
}

// Connect starts a client for the server at addr, a name or IP address and a port. Each
// command makes a connection of its own. The client runs until the test ends.
func Connect(t testing.TB, program Program, addr string, s Settings) *Client {
	t.Helper()
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	fields := s.fields(t)
	fields["host"], fields["port"] = host, port
	c := &Client{t, start(t, program, fields)}
	c.p.line(t) // it's ready
	return c
}

// Do performs a command, which is anything that encodes as the JSON that the program
// expects.
func (c *Client) Do(command any) Outcome {
	c.t.Helper()
	data, err := json.Marshal(command)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.p.in.Write(append(data, '\n')); err != nil {
		c.t.Fatalf("Python peer: %v", err)
	}
	var o Outcome
	if err := json.Unmarshal([]byte(c.p.line(c.t)), &o); err != nil {
		c.t.Fatalf("Python peer: %v", err)
	}
	return o
}

// Request is a command of CoreClient.
type Request struct {
	Request any     `json:"request"`           // the whole envelope
	As      string  `json:"as"`                // "result", "responses" or "raw"
	Timeout float64 `json:"timeout,omitempty"` // seconds a read may take; none if zero
}

// Method is a command of BuildClient and SecretsClient.
type Method struct {
	Method string `json:"method"`
	Args   any    `json:"args"`
}
