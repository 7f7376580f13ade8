package tpp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// recorded are the files of conversations between real peers.
var recorded = []string{"core.txt", "slave.txt", "poller.txt", "secrets.txt", "master.txt"}

func transcript(file string) string { return filepath.Join("../../testdata/wire/tpp", file) }

// message is the JSON of a frame, a request or a response, read without the help of what is
// tested.
type message map[string]any

// parse decodes JSON; numbers stay as they are written.
func parse[T any](t *testing.T, data []byte) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %.200q", err, data)
	}
	return v
}

// frames returns the contents of the frames that data consists of.
func frames(t *testing.T, data []byte) (all [][]byte) {
	t.Helper()
	for len(data) > 0 {
		header, rest, ok := bytes.Cut(data, []byte("\n"))
		n, err := strconv.Atoi(string(header))
		if !ok || err != nil || n > len(rest) {
			t.Fatalf("no frame at %.200q", data)
		}
		all = append(all, rest[:n])
		data = rest[n:]
	}
	return all
}

// text returns the words of an error's body.
func text(body any) string {
	switch body := body.(type) {
	case string:
		return body
	case map[string]any:
		s, _ := body["error"].(string)
		return s
	}
	return ""
}

// code returns the code of a response.
func code(t *testing.T, response message) runtime.Code {
	t.Helper()
	n, err := response["code"].(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	return runtime.Code(n)
}

// fromBase are the errors that a server finds before it looks for a handler.
var fromBase = map[string]bool{"No auth token": true, "Bad auth token": true, "No action found!": true}

// recordedAuth knows the tokens of the recordings, as a service would keep them.
var recordedAuth = sync.OnceValue(func() runtime.Auth {
	hashes := make(map[string]string)
	for i, token := range []string{"s3cret", "123", string(bytes.Repeat([]byte("a"), 72)), "päss"} {
		hash, err := bcrypt.GenerateFromPassword([]byte(token), bcrypt.MinCost)
		if err != nil {
			panic(err)
		}
		hashes[strconv.Itoa(i)] = string(hash)
	}
	check, err := auth.Bcrypt(hashes, auth.Limits{})
	if err != nil {
		panic(err)
	}
	return check
})

// scripted is a Handler that answers what was recorded, and keeps what it was asked.
type scripted struct {
	action    runtime.Action
	responses []message

	asked          bool
	name           string
	body, envelope []byte
}

func (s *scripted) Action(string) *runtime.Action { return &s.action }

func (s *scripted) Serve(_ context.Context, req *runtime.Request, out runtime.Responder) error {
	s.asked, s.name, req.Info = true, req.Action, &s.action
	var err error
	if req.Body != nil {
		if s.body, err = req.Body.AppendJSON(nil); err != nil {
			return err
		}
	}
	if req.Envelope != nil {
		if s.envelope, err = req.Envelope.AppendJSON(nil); err != nil {
			return err
		}
	}
	for _, r := range s.responses {
		if n, _ := r["code"].(json.Number).Int64(); n != 0 {
			return &runtime.Error{Code: runtime.Code(n), Message: text(r["body"])}
		}
		data, err := json.Marshal(r["body"])
		if err != nil {
			return err
		}
		body := runtime.Raw(data)
		if err := out.Respond(&body); err != nil {
			return err
		}
	}
	if len(s.responses) == 0 && s.action.End != runtime.EndNull {
		return runtime.Errorf(runtime.Failed, "the real service answers nothing")
	}
	return nil
}

// script returns the Handler that answers as c has it.
func script(t *testing.T, c *wiretest.Conversation) *scripted {
	t.Helper()
	s := new(scripted)
	for _, frame := range frames(t, c.Sent(wiretest.Server)) {
		s.responses = append(s.responses, parse[message](t, frame))
	}
	s.action.Stream = len(s.responses) > 1
	if n := len(s.responses); s.action.Stream && s.responses[n-1]["body"] == nil {
		s.action.End, s.responses = runtime.EndNull, s.responses[:n-1]
	}
	return s
}

// serve serves h on l, in memory, until the test ends.
func serve(t *testing.T, l *wiretest.Listener, h runtime.Handler, check runtime.Auth, limits runtime.Limits) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	server := &runtime.Server{Wire: tpp.Wire{}, Handler: h, Auth: check, Limits: limits}
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

// say sends what one side of c says, as it was cut into pieces, or byte by byte.
func say(conn *wiretest.Conn, c *wiretest.Conversation, side wiretest.Kind, byByte bool) {
	for _, step := range c.Steps {
		switch {
		case step.Kind != side:
		case step.EOF:
			conn.CloseWrite()
		case step.Reset:
			conn.Reset()
		case byByte:
			for i := range step.Data {
				conn.Write(step.Data[i : i+1])
			}
		default:
			conn.Write(step.Data)
		}
	}
}

// Every recorded request is understood by our server: action, body and further keys arrive as
// they were sent, and the answer means what the recorded one does.
func TestServer_transcripts(t *testing.T) {
	const tooLongForBytes = 16 << 10
	for _, file := range recorded {
		t.Run(file, func(t *testing.T) {
			wiretest.Each(t, transcript(file), func(t *testing.T, c *wiretest.Conversation) {
				request := c.Sent(wiretest.Client)
				if len(request) == 0 {
					t.Skip("the request is none of these")
				}
				replayToServer(t, c, false)
				if len(request) < tooLongForBytes {
					replayToServer(t, c, true)
				}
			})
		})
	}
}

func replayToServer(t *testing.T, c *wiretest.Conversation, byByte bool) {
	t.Helper()
	s := script(t, c)
	want := len(frames(t, c.Sent(wiretest.Server)))
	l := wiretest.Listen()
	serve(t, l, s, recordedAuth(), runtime.Limits{})
	conn, err := l.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go say(conn, c, wiretest.Client, byByte)
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("the answer: %v", err)
	}

	got := frames(t, answer)
	if want == 0 {
		if len(got) != 1 || code(t, parse[message](t, got[0])) != runtime.Failed {
			t.Fatalf("answer %q, want one of code 1", answer)
		}
	} else {
		compareAnswers(t, got, frames(t, c.Sent(wiretest.Server)))
	}

	if len(got) == 1 && fromBase[text(parse[message](t, got[0])["body"])] {
		if s.asked {
			t.Error("the handler was called although the request was refused")
		}
		return
	}
	request := parse[message](t, frames(t, c.Sent(wiretest.Client))[0])
	if s.name != request["action"] {
		t.Errorf("action %q, want %v", s.name, request["action"])
	}
	if _, ok := request["body"]; ok || s.body != nil {
		if got := parse[any](t, s.body); !reflect.DeepEqual(got, request["body"]) {
			t.Errorf("body %v, want %v", got, request["body"])
		}
	}
	delete(request, "token")
	delete(request, "action")
	delete(request, "body")
	if len(request) > 0 || s.envelope != nil {
		if got := parse[message](t, s.envelope); !reflect.DeepEqual(got, request) {
			t.Errorf("envelope %v, want %v", got, request)
		}
	}
}

// compareAnswers checks that two sequences of responses mean the same.
func compareAnswers(t *testing.T, got, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d responses, want %d: %q", len(got), len(want), got)
	}
	for i := range got {
		g, w := parse[message](t, got[i]), parse[message](t, want[i])
		if code(t, g) != code(t, w) {
			t.Errorf("response %d has code %v, want %v", i, g["code"], w["code"])
		}
		same := reflect.DeepEqual(g["body"], w["body"])
		if code(t, w) != runtime.OK {
			same = text(g["body"]) == text(w["body"])
		}
		if !same {
			t.Errorf("response %d is %.300q, want %.300q", i, got[i], want[i])
		}
	}
}

// Every recorded response is understood by our client: it hands over the same bodies, and tells
// the same codes and words.
func TestClient_transcripts(t *testing.T) {
	for _, file := range recorded {
		t.Run(file, func(t *testing.T) {
			wiretest.Each(t, transcript(file), func(t *testing.T, c *wiretest.Conversation) {
				if len(c.Sent(wiretest.Server)) == 0 {
					t.Skip("the real service answers nothing")
				}
				info := script(t, c).action
				var want []string
				for _, frame := range frames(t, c.Sent(wiretest.Server)) {
					r := parse[message](t, frame)
					switch {
					case code(t, r) != runtime.OK:
						want = append(want, fmt.Sprintf("! %v: %s", code(t, r), text(r["body"])))
					case r["body"] != nil || !info.Stream:
						want = append(want, "= "+compact(r["body"]))
					}
				}
				compareOutcome(t, replayToClient(t, c, info), want)
			})
		})
	}
}

// compact returns v as JSON.
func compact(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func compareOutcome(t *testing.T, got, want []string) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("outcome\n%.1000q\nwant\n%.1000q", got, want)
	}
}

// replayToClient performs the call that c begins with, answers it as c has it, and returns what
// our client made of that: a line for each body, and one for an error.
func replayToClient(t *testing.T, c *wiretest.Conversation, info runtime.Action) (outcome []string) {
	t.Helper()
	info.Name = "act"
	req := &runtime.Request{Action: info.Name, Info: &info}
	request := message{"action": info.Name}
	if sent := c.Sent(wiretest.Client); len(sent) > 0 {
		request = parse[message](t, frames(t, sent)[0])
		if info.Name, _ = request["action"].(string); info.Name == "" {
			t.Skip("our client always names an action")
		}
		req.Action = info.Name
		req.Token, _ = request["token"].(string)
		if body, ok := request["body"]; ok {
			req.Body = raw(compact(body))
		}
		extra := message{}
		for name, value := range request {
			if name != "action" && name != "token" && name != "body" {
				extra[name] = value
			}
		}
		if len(extra) > 0 {
			req.Envelope = raw(compact(extra))
		}
	}

	l := wiretest.Listen()
	asked := make(chan []byte, 1)
	var server sync.WaitGroup
	server.Go(func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		conn := nc.(*wiretest.Conn)
		defer conn.Close()
		asked <- readFrame(conn)
		say(conn, c, wiretest.Server, false)
	})
	defer server.Wait()
	defer l.Close()
	client := &runtime.Client{
		Wire: tpp.Wire{},
		Addr: "peer",
		Dial: func(context.Context, string) (net.Conn, error) { return l.Dial() },
	}
	defer client.Close()
	err := client.Do(context.Background(), req, runtime.ResponderFunc(func(body runtime.Message) error {
		data, err := body.AppendJSON(nil)
		if err != nil {
			return err
		}
		outcome = append(outcome, "= "+compact(parse[any](t, data)))
		return nil
	}))
	if err != nil {
		what := runtime.CodeOf(err).String()
		if r := runtime.ReasonOf(err); r == runtime.BadResponse || r == runtime.Unavailable {
			what = r.Error()
		}
		outcome = append(outcome, fmt.Sprintf("! %s: %v", what, err))
	}

	sent := parse[message](t, <-asked)
	for name, want := range request {
		if token, _ := want.(string); name == "token" && token == "" {
			continue // our client sends no token rather than an empty one
		}
		if got := sent[name]; !reflect.DeepEqual(got, want) {
			t.Errorf("the client sends %s: %v, want %v", name, got, want)
		}
	}
	return outcome
}

func raw(s string) *runtime.Raw {
	r := runtime.Raw(s)
	return &r
}

// readFrame returns the content of the next frame, nil if there is none.
func readFrame(r io.Reader) []byte {
	n, b := 0, []byte{0}
	for {
		if _, err := io.ReadFull(r, b); err != nil {
			return nil
		}
		if b[0] == '\n' {
			break
		}
		n = 10*n + int(b[0]-'0')
	}
	frame := make([]byte, n)
	if _, err := io.ReadFull(r, frame); err != nil {
		return nil
	}
	return frame
}

// What isn't a good request gets the answer that the file has, byte by byte, within a minute.
func TestServer_oddRequests(t *testing.T) {
	wiretest.Each(t, transcript("odd-requests.txt"), func(t *testing.T, c *wiretest.Conversation) {
		synctest.Test(t, func(t *testing.T) {
			l := wiretest.Listen()
			serve(t, l, oddService(), auth.Plain(map[string]string{"test": "s3cret"}), runtime.Limits{})
			conn, err := l.Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			begin := time.Now()
			go say(conn, c, wiretest.Client, false)
			answer, err := io.ReadAll(conn)
			if err != nil {
				t.Fatal(err)
			}
			if want := c.Sent(wiretest.Server); !bytes.Equal(answer, want) {
				t.Errorf("answer\n%q\nwant\n%q", answer, want)
			}
			if d := time.Since(begin); d > time.Minute {
				t.Errorf("it took %v", d)
			}
		})
	})
}

// oddService is the service of odd-requests.txt.
func oddService() *runtime.Mux {
	mux := new(runtime.Mux)
	here := func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
		return out.Respond(raw(`"I'm here"`))
	}
	mux.Handle(&runtime.Action{Name: "bare-string"}, here)
	mux.Handle(&runtime.Action{Name: "keep-open"}, here)
	mux.Handle(&runtime.Action{Name: "keyed-echo"}, func(_ context.Context, req *runtime.Request, out runtime.Responder) error {
		body, err := req.Body.AppendJSON([]byte(`{"keyed-echo":`))
		if err != nil {
			return err
		}
		return out.Respond(raw(string(body) + "}"))
	})
	mux.Handle(&runtime.Action{Name: "raise"}, func(context.Context, *runtime.Request, runtime.Responder) error {
		panic("raised")
	})
	return mux
}

// What isn't a good response comes to what the file says.
func TestClient_oddResponses(t *testing.T) {
	for file, info := range map[string]runtime.Action{
		"odd-responses.txt": {},
		"odd-streams.txt":   {Stream: true},
	} {
		t.Run(file, func(t *testing.T) {
			wiretest.Each(t, transcript(file), func(t *testing.T, c *wiretest.Conversation) {
				var want []string
				for _, s := range c.Outcome() {
					line := string(s.Data)
					if s.Kind == wiretest.Body {
						line = compact(parse[any](t, s.Data))
					}
					want = append(want, fmt.Sprintf("%c %s", s.Kind, line))
				}
				compareOutcome(t, replayToClient(t, c, info), want)
			})
		})
	}
}
