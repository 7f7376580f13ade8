package tinyproto_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

func transcript(file string) string { return filepath.Join("../../testdata/wire/tinyproto", file) }

// play sends what one side of c sends, and reads what the other side sends.
func play(t *testing.T, conn *wiretest.Conn, c *wiretest.Conversation, side wiretest.Kind) {
	for _, s := range c.Steps {
		switch {
		case s.Kind != wiretest.Client && s.Kind != wiretest.Server:
		case s.Kind == side && s.EOF:
			conn.CloseWrite()
		case s.Kind == side:
			conn.Write(s.Data)
		case s.EOF:
			if b, err := io.ReadAll(conn); err != nil || len(b) > 0 {
				t.Errorf("%s:%d: got %q, %v, want EOF", c.File, s.Line, b, err)
			}
		default:
			b := make([]byte, len(s.Data))
			if n, err := io.ReadFull(conn, b); !bytes.Equal(b[:n], s.Data) {
				t.Errorf("%s:%d: got %q, %v, want %q", c.File, s.Line, b[:n], err, s.Data)
				conn.Close()
				return
			}
		}
	}
	conn.Close()
}

// prefix answers like the recorded servers.
func prefix(ctx context.Context, c *tinyproto.Conn, msg []byte) error {
	c.Transmit(ctx, append([]byte("re:"), msg...)) // a refusal doesn't end the connection
	return nil
}

func TestServer_transcripts(t *testing.T) {
	for _, file := range []string{"messages.txt", "clients.txt"} {
		wiretest.Each(t, transcript(file), func(t *testing.T, c *wiretest.Conversation) {
			synctest.Test(t, func(t *testing.T) {
				l := wiretest.Listen()
				s := &tinyproto.Server{Loop: tinyproto.Loop{Message: prefix}}
				ended := make(chan error)
				go func() { ended <- s.Serve(t.Context(), l) }()
				conn, err := l.Dial()
				if err != nil {
					t.Fatal(err)
				}
				play(t, conn, c, wiretest.Client)
				s.Stop()
				if err := <-ended; err != nil {
					t.Errorf("Serve: %v", err)
				}
			})
		})
	}
}

// An operation is what a client does: it transmits a message, or expects one.
type operation struct {
	transmit bool
	msg      []byte
}

// operations returns what the client of c does.
func operations(c *wiretest.Conversation) (all []operation) {
	for i, s := range c.Steps {
		switch {
		case s.Kind == wiretest.Body:
			all = append(all, operation{msg: s.Data})
		case s.Kind == wiretest.Client && len(s.Data) == 4:
			msg := make([]byte, binary.BigEndian.Uint32(s.Data))
			for _, next := range c.Steps[i+1:] {
				if next.Kind == wiretest.Client && len(next.Data) == len(msg) {
					msg = next.Data
					break
				}
			}
			all = append(all, operation{true, msg})
		}
	}
	return all
}

// perform does what the client of c does, until an error.
func perform(t *testing.T, nc *wiretest.Conn, c *wiretest.Conversation) error {
	conn, err := tinyproto.Open(t.Context(), nc, tinyproto.Config{})
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, op := range operations(c) {
		if op.transmit {
			if err := conn.Transmit(t.Context(), op.msg); err != nil {
				return err
			}
			continue
		}
		msg, err := conn.Receive(t.Context())
		if err != nil {
			return err
		}
		if !bytes.Equal(msg, op.msg) {
			t.Errorf("Receive() = %q, want %q", msg, op.msg)
		}
	}
	if last := c.Steps[len(c.Steps)-1]; last.Kind != wiretest.Error {
		return nil
	}
	_, err = conn.Receive(t.Context())
	return err
}

func TestConn_transcripts(t *testing.T) {
	for _, file := range []string{"messages.txt", "servers.txt"} {
		wiretest.Each(t, transcript(file), func(t *testing.T, c *wiretest.Conversation) {
			synctest.Test(t, func(t *testing.T) {
				client, server := wiretest.Pipe()
				played := make(chan struct{})
				go func() {
					defer close(played)
					play(t, server, c, wiretest.Server)
				}()
				got := "<nil>"
				if err := perform(t, client, c); err != nil {
					got = err.Error()
				}
				want := "<nil>"
				if last := c.Steps[len(c.Steps)-1]; last.Kind == wiretest.Error {
					want = string(last.Data)
				}
				if got != want {
					t.Errorf("the client ends with %s, want %s", got, want)
				}
				<-played
			})
		})
	}
}
