package socketproto

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// pageSecret, pageNonce and pageSeed are the values in the examples of PROTOCOL.md.
const pageSecret = "correct horse battery staple"

var (
	pageNonce = strings.Repeat("0f", 32)
	pageSeed  = strings.Repeat("a5", 32)
)

// pageConversations returns the examples of PROTOCOL.md.
func pageConversations(t testing.TB) []*wiretest.Conversation {
	page, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []*wiretest.Conversation
	for _, block := range strings.Split(string(page), "```wire\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		conversations, err := wiretest.Parse("PROTOCOL.md", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, conversations...)
	}
	if len(all) < 8 {
		t.Fatalf("PROTOCOL.md has %d examples", len(all))
	}
	return all
}

func codecOf(c *wiretest.Conversation) Codec {
	if strings.Contains(c.Name, "struct") {
		return Struct{}
	}
	return JSON{}
}

// TestPage_server plays the examples against a server.
func TestPage_server(t *testing.T) {
	for _, conversation := range pageConversations(t) {
		t.Run(strings.TrimSuffix(conversation.Name, "."), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := Config{Codec: codecOf(conversation), Name: "server", Services: new(Services), fresh: func() string { return pageSeed }}
				cfg.Services.Register(Read, 7, func(context.Context, *Channel, Message) (Status, json.RawMessage) {
					return Okay, json.RawMessage(`{"celsius":21.5}`)
				})
				if strings.Contains(conversation.Name, "authentication") || strings.Contains(conversation.Name, "key") {
					cfg.Secret = pageSecret
				}
				l := serve(t, &runtime.Server{Wire: Wire{cfg}, Handler: newMux(), Auth: tokens})
				client, err := l.Dial()
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close()
				for _, s := range conversation.Steps {
					if s.Kind == wiretest.Client {
						client.Write(s.Data)
						continue
					}
					got := make([]byte, len(s.Data))
					if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, s.Data) {
						t.Fatalf("got  %q, %v\nwant %q", got, err, s.Data)
					}
				}
			})
		})
	}
}

// TestPage_codec reads each example and writes it again.
func TestPage_codec(t *testing.T) {
	for _, conversation := range pageConversations(t) {
		codec := codecOf(conversation)
		for _, s := range conversation.Steps {
			m, err := codec.Parse(s.Data)
			if err == ErrChecksum && strings.Contains(conversation.Name, "checksum") {
				continue
			}
			if err != nil {
				t.Errorf("Parse(%q): %v", s.Data, err)
				continue
			}
			if again, err := codec.Append(nil, m); err != nil || !bytes.Equal(again, s.Data) {
				t.Errorf("Append(%v) = %q, %v, want %q", m, again, err, s.Data)
			}
		}
	}
}

// TestPage_client checks what the end that dialed sends for its authentication.
func TestPage_client(t *testing.T) {
	for _, conversation := range pageConversations(t) {
		if !strings.HasPrefix(conversation.Name, "Names") {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			here, there := wiretest.Pipe()
			c := Open(Config{Name: "lamp", Secret: pageSecret, fresh: func() string { return pageNonce }}, here)
			var begin, rest []wiretest.Step // a client sends nothing else before it is trusted
			for i, s := range conversation.Steps {
				switch {
				case i == 2 || i == 3:
				case s.Kind == wiretest.Client && len(begin) < 2:
					begin = append(begin, s)
				default:
					rest = append(rest, s)
				}
			}
			for _, s := range append(begin, rest...) {
				if s.Kind == wiretest.Server {
					there.Write(s.Data)
					continue
				}
				m, _ := JSON{}.Parse(s.Data)
				if m.Service == Read {
					break
				}
				got := make([]byte, len(s.Data))
				if _, err := io.ReadFull(there, got); err != nil || !bytes.Equal(got, s.Data) {
					t.Fatalf("got  %q, %v\nwant %q", got, err, s.Data)
				}
			}
			if err := c.AwaitEstablished(t.Context()); err != nil {
				t.Error(err)
			}
			there.Close()
			c.Wait()
		})
	}
}
