package socketproto

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
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

// conversations returns the examples of PROTOCOL.md and of testdata/wire.
func conversations(t testing.TB) []*wiretest.Conversation {
	all := pageConversations(t)
	files, err := filepath.Glob("../../testdata/wire/socketproto/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		more, err := wiretest.Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, more...)
	}
	return all
}

func codecOf(c *wiretest.Conversation) Codec {
	if strings.Contains(c.Name, "struct") {
		return Struct{}
	}
	return JSON{}
}

func framingOf(c *wiretest.Conversation) Framing {
	if strings.Contains(c.Name, "CSP") {
		return CSP{}
	}
	return STP{}
}

// TestConversations_server plays the conversations against a server.
func TestConversations_server(t *testing.T) {
	for _, conversation := range conversations(t) {
		t.Run(strings.TrimSuffix(conversation.Name, "."), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				name := strings.ToLower(conversation.Name)
				cfg := Config{
					Codec: codecOf(conversation), Framing: framingOf(conversation),
					Name: "server", Services: new(Services), fresh: func() string { return pageSeed },
					Mutual: strings.Contains(name, "mutual"),
				}
				cfg.Services.Register(Read, 7, func(context.Context, *Channel, Message) (Status, json.RawMessage) {
					return Okay, json.RawMessage(`{"celsius":21.5}`)
				})
				if strings.Contains(name, "authentication") || strings.Contains(name, "key") {
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
		cfg := Config{Codec: codecOf(conversation), Framing: framingOf(conversation)}
		for _, s := range conversation.Steps {
			p, err := cfg.Framing.Message(bytes.Clone(s.Data))
			if err != nil {
				t.Errorf("Message(%q): %v", s.Data, err)
				continue
			}
			m, err := cfg.Codec.Parse(p)
			if err == ErrChecksum && strings.Contains(conversation.Name, "checksum") {
				continue
			}
			if err != nil {
				t.Errorf("Parse(%q): %v", p, err)
				continue
			}
			if again, err := cfg.appendFrame(nil, m); err != nil || !bytes.Equal(again, s.Data) {
				t.Errorf("the frame of %v is %q, %v, want %q", m, again, err, s.Data)
			}
		}
	}
}

// TestConversations_client plays the authentications against the end that dialed.
func TestConversations_client(t *testing.T) {
	played := 0
	for _, conversation := range conversations(t) {
		name := strings.ToLower(conversation.Name)
		if !strings.Contains(name, "authentication") {
			continue
		}
		played++
		synctest.Test(t, func(t *testing.T) {
			here, there := wiretest.Pipe()
			cfg := Config{
				Codec: codecOf(conversation), Framing: framingOf(conversation),
				Secret: pageSecret, AutoAuth: true, Mutual: strings.Contains(name, "mutual"),
				fresh: func() string { return pageNonce },
			}
			if strings.HasPrefix(name, "names") {
				cfg.Name = "lamp"
			}
			c := Open(cfg, here)
			for _, s := range conversation.Steps {
				p, _ := framingOf(conversation).Message(bytes.Clone(s.Data))
				m, _ := cfg.Codec.Parse(p)
				if m.Service > ChannelNameResponse {
					continue // the client of the example isn't trusted, or is another program
				}
				if s.Kind == wiretest.Server {
					there.Write(s.Data)
					continue
				}
				if cfg.Name == "" && m.Address() == (Address{Auth, AuthSeed}) { // it sends its empty name first
					empty, _ := cfg.appendFrame(nil, Message{Service: ChannelName, Data: json.RawMessage(`""`)})
					s.Data = append(empty, s.Data...)
				}
				got := make([]byte, len(s.Data))
				if _, err := io.ReadFull(there, got); err != nil || !bytes.Equal(got, s.Data) {
					t.Fatalf("%s: got  %q, %v\nwant %q", conversation.Name, got, err, s.Data)
				}
			}
			if err := c.AwaitEstablished(t.Context()); err != nil {
				t.Error(err)
			}
			there.Close()
			c.Wait()
		})
	}
	if played < 4 {
		t.Errorf("%d conversations have an authentication", played)
	}
}
