package tpp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// This file plays the examples of PROTOCOL.md. They are in the notation of package
// wiretest, in blocks marked "tpp": for both ends, or "tpp server" and "tpp client" for one
// of ours.

// examples returns the conversations of PROTOCOL.md that are for one end.
func examples(t *testing.T, end string) (all []*wiretest.Conversation) {
	t.Helper()
	const file = "PROTOCOL.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var block strings.Builder // lines of other text are empty in it, so that numbers are right
	ours := false
	for line := range strings.Lines(string(page)) {
		fence, found := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case found:
			ours = fence == "tpp" || fence == "tpp "+end
			block.WriteByte('\n')
		case ours:
			block.WriteString(line)
		default:
			block.WriteByte('\n')
		}
	}
	all, err = wiretest.Parse(file, []byte(block.String()))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 5 {
		t.Fatalf("%s has %d examples for the %s", file, len(all), end)
	}
	return all
}

// numbers is the stream of the examples.
var actionNumbers = runtime.Action{Name: "numbers", Reply: runtime.Bare, Stream: true}

// The uploads of the examples.
var (
	actionSum   = runtime.Action{Name: "sum", Upload: true}
	actionFirst = runtime.Action{Name: "first", Upload: true}
	actionRelay = runtime.Action{Name: "relay", Reply: runtime.Bare, Upload: true, Stream: true}
)

// withExamples adds the actions of the examples.
func withExamples(s *runtime.Server) {
	mux := s.Handler.(*runtime.Mux)
	mux.Handle(&actionNumbers, stub.Stream(&actionNumbers, count))
	mux.Handle(&actionSum, stub.Upload(&actionSum, func(_ context.Context, _ *anything, items iter.Seq2[Number, error]) (*Number, error) {
		sum := new(Number)
		for item, err := range items {
			if err != nil {
				return nil, err
			}
			sum.N += item.N
		}
		return sum, nil
	}))
	mux.Handle(&actionFirst, stub.Upload(&actionFirst, func(_ context.Context, _ *anything, items iter.Seq2[Number, error]) (*Number, error) {
		for item, err := range items {
			return &item, err
		}
		return nil, errors.New("no item")
	}))
	mux.Handle(&actionRelay, stub.UploadStream(&actionRelay, func(_ context.Context, _ *anything, items iter.Seq2[Number, error]) iter.Seq2[Number, error] {
		return items
	}))
	mux.Describe(`{"tpp":"1","service":"math","actions":{"double":{"response":true}}}`)
}

// anything is a request that doesn't matter.
type anything struct{}

func (*anything) DecodeJSON(d *codec.Decoder) { d.Skip() }

// isGoaway reports whether data is the frame by which a server says that it stops.
func isGoaway(data []byte) bool { return bytes.HasSuffix(data, []byte("\n"+`{"goaway":true}`)) }

// limitsFor returns the limits of the server of an example. One that speaks first has
// room for the connection that is there before only.
func limitsFor(c *wiretest.Conversation) (l runtime.Limits) {
	if c.Steps[0].Kind == wiretest.Server {
		l.Conns = 1
	}
	return l
}

// Our server says what the page has, byte by byte.
func TestProtocol_server(t *testing.T) {
	for _, c := range examples(t, "server") {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, limitsFor(c), withExamples)
				if limitsFor(c).Conns > 0 {
					defer s.dial(t).Close()
				}
				conn := s.dial(t)
				defer conn.Close()
				for _, step := range c.Steps {
					var got []byte
					var err error
					switch {
					case step.Kind == wiretest.Client && step.EOF:
						err = conn.CloseWrite()
					case step.Kind == wiretest.Client:
						_, err = conn.Write(step.Data)
					case step.EOF:
						got, err = io.ReadAll(conn)
					default:
						if isGoaway(step.Data) {
							synctest.Wait() // until the server has read what came before
							s.stop()
						}
						got = make([]byte, len(step.Data))
						_, err = io.ReadFull(conn, got)
					}
					if err != nil {
						t.Fatalf("%s:%d: %v, read %q", c.File, step.Line, err, got)
					}
					if step.Kind == wiretest.Server && !bytes.Equal(got, step.Data) {
						t.Fatalf("%s:%d: the server says %q, want %q", c.File, step.Line, got, step.Data)
					}
				}
			})
		})
	}
}

// Our client says what the page has, and understands what it's told.
func TestProtocol_client(t *testing.T) {
	for _, c := range examples(t, "client") {
		t.Run(c.Name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { playClient(t, c) }) })
	}
}

// A message is what stands in a frame of an example.
type message struct {
	ID      uint64 `json:"id"`
	Action  string
	Token   string
	Body    json.RawMessage
	Timeout int64
	Cancel  bool
	Ping    bool
	Code    runtime.Code
	More    bool
	Goaway  bool
	Upload  bool
	Item    json.RawMessage
	End     bool
	Grant   int
}

// parseExample takes a step apart, which is one frame.
func parseExample(t *testing.T, c *wiretest.Conversation, step *wiretest.Step) (m message) {
	t.Helper()
	header, text, _ := bytes.Cut(step.Data, []byte("\n"))
	if string(header) != fmt.Sprint(len(text)) {
		t.Fatalf("%s:%d: the frame has %d bytes, not %s", c.File, step.Line, len(text), header)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatalf("%s:%d: %v", c.File, step.Line, err)
	}
	return m
}

// A played is a call that the client makes for an example.
type played struct {
	cancel    context.CancelFunc
	items     chan runtime.Raw // what is uploaded; nil if nothing is
	got, want []string         // bodies, and how it ended
}

// playClient has a client make the calls of c, over one connection.
func playClient(t *testing.T, c *wiretest.Conversation) {
	l := wiretest.Listen()
	defer l.Close()
	client := &runtime.Client{Wire: Wire{}, Addr: "example", Dial: l.DialContext}
	defer client.Close()
	var conn *wiretest.Conn
	var frames frameReader
	calls := make(map[uint64]*played)
	var running sync.WaitGroup

	for i := range c.Steps {
		step := &c.Steps[i]
		switch {
		case step.Kind == wiretest.Client && step.EOF:
			if frame, err := frames.next(); err != io.EOF {
				t.Fatalf("%s:%d: %v instead of the client's end: %v", c.File, step.Line, frame, err)
			}
		case step.Kind == wiretest.Server && step.EOF:
			conn.Close()
		case step.Kind == wiretest.Client:
			m := parseExample(t, c, step)
			switch {
			case m.Item != nil:
				calls[m.ID].items <- runtime.Raw(m.Item)
			case m.End:
				close(calls[m.ID].items)
			case m.Ping: // the client sends it by itself when time passes
			case m.Cancel:
				calls[m.ID].cancel()
				calls[m.ID].want = []string{"! " + string(runtime.Canceled)}
			default:
				p := new(played)
				calls[m.ID] = p
				running.Go(p.perform(t, client, &m))
			}
			if conn == nil {
				nc, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				conn = nc.(*wiretest.Conn)
				defer conn.Close()
				frames = frameReader{src: conn, limit: 1 << 20}
			}
			frame, err := frames.next()
			if err != nil {
				t.Fatalf("%s:%d: %v", c.File, step.Line, err)
			}
			_, want, _ := bytes.Cut(step.Data, []byte("\n"))
			if got := withoutID(t, frame.b, m.ID == 0); !reflect.DeepEqual(got, withoutID(t, want, false)) {
				t.Errorf("%s:%d: the client says %s, want %s", c.File, step.Line, frame.b, want)
			}
		default:
			m := parseExample(t, c, step)
			if _, err := conn.Write(step.Data); err != nil {
				t.Fatalf("%s:%d: %v", c.File, step.Line, err)
			}
			synctest.Wait()
			if m.ID == 0 && calls[0] == nil && !m.Goaway {
				m.ID = 1 // a classic answer to our first request
			}
			calls[m.ID].expect(&m)
		}
	}
	if conn != nil && calls[0] != nil {
		conn.Close() // behind the answer of classic mode
	}
	running.Wait()
	for id, p := range calls {
		if !slices.Equal(p.got, p.want) {
			t.Errorf("call %d came to %q, want %q", id, p.got, p.want)
		}
	}
}

// withoutID decodes a request; without the id if the example is one of classic mode,
// which our client doesn't use unless it has to.
func withoutID(t *testing.T, data []byte, classic bool) (m map[string]any) {
	t.Helper()
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if classic {
		delete(m, "id")
	}
	return m
}

// perform returns what makes the call that m asks for.
func (p *played) perform(t *testing.T, client *runtime.Client, m *message) func() {
	ctx, cancel := context.WithCancel(t.Context())
	if m.Timeout > 0 {
		ctx, cancel = context.WithTimeout(t.Context(), time.Duration(m.Timeout)*time.Millisecond-envelope.Slack)
	}
	p.cancel = cancel
	info := &runtime.Action{Name: m.Action, Stream: m.Action == actionNumbers.Name || m.Action == actionRelay.Name}
	req := &runtime.Request{Action: m.Action, Token: m.Token, Body: new(runtime.Raw(m.Body)), Info: info}
	if m.Upload {
		p.items = make(chan runtime.Raw, 1)
		req.Upload = func(yield func(runtime.Message, error) bool) {
			for item := range p.items {
				if !yield(&item, nil) {
					return
				}
			}
		}
	}
	return func() {
		defer cancel()
		err := client.Do(ctx, req, runtime.ResponderFunc(func(body runtime.Message) error {
			b, err := body.AppendJSON(nil)
			p.got = append(p.got, string(bytes.ReplaceAll(b, []byte(" "), nil)))
			return err
		}))
		switch e := new(runtime.Error); {
		case errors.As(err, &e):
			p.got = append(p.got, fmt.Sprintf("! %v %s", e.Code, e.Message))
		case err != nil:
			p.got = append(p.got, "! "+string(runtime.ReasonOf(err)))
		}
	}
}

// expect adds what a response means for the caller; p is nil if it's for none.
func (p *played) expect(m *message) {
	var body struct{ Error string }
	switch {
	case p == nil, m.Grant > 0, len(p.want) > 0 && p.want[0] == "! "+string(runtime.Canceled):
	case m.Code != runtime.OK:
		json.Unmarshal(m.Body, &body)
		p.want = append(p.want, fmt.Sprintf("! %v %s", m.Code, body.Error))
	case m.Body != nil:
		p.want = append(p.want, string(bytes.ReplaceAll(m.Body, []byte(" "), nil)))
	}
}
