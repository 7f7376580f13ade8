package tpp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// Whatever goes wrong, a peer gets the answer that errors.txt has, byte by byte.
func TestServer_errors(t *testing.T) {
	wiretest.Each(t, transcript("errors.txt"), func(t *testing.T, c *wiretest.Conversation) {
		synctest.Test(t, func(t *testing.T) {
			l := wiretest.Listen()
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- failingServer().Serve(ctx, l) }()
			conn, err := l.Dial()
			if err != nil {
				t.Fatal(err)
			}
			go say(conn, c, wiretest.Client, false)
			want := c.Sent(wiretest.Server)
			got := make([]byte, len(want))
			n, err := io.ReadFull(conn, got)
			conn.SetReadDeadline(time.Now().Add(time.Second))
			if more, _ := io.ReadAll(conn); string(got) != string(want) || len(more) > 0 {
				t.Errorf("answer\n%q, %v\nwant\n%q", string(got[:n])+string(more), err, want)
			}
			conn.Close()
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	})
}

// Python peers are told the same words and codes: toxiccore's client by each conversation of
// classic mode in errors.txt, the client of testdata/python by each of persistent mode.
func TestPeers_serverErrors(t *testing.T) {
	addr := listenAs(t, failingServer(), nil)
	classic := peertest.Connect(t, peertest.CoreClient, addr, peertest.Settings{})
	persistent := map[string]driver{}
	told, whole := 0, t
	wiretest.Each(t, transcript("errors.txt"), func(t *testing.T, c *wiretest.Conversation) {
		length, sent, _ := strings.Cut(string(c.Sent(wiretest.Client)), "\n")
		if strconv.Itoa(len(sent)) != length {
			t.Skip("no Python client sends what no single request is")
		}
		req := parse[message](t, []byte(sent))
		_, answer, _ := strings.Cut(string(c.Sent(wiretest.Server)), "\n")
		resp := parse[message](t, []byte(answer))
		words, code := resp["body"].(map[string]any)["error"], resp["code"]
		told++
		if _, ok := req["id"]; !ok {
			for _, key := range []string{"action", "token"} { // its client needs both
				if req[key] == nil {
					req[key] = ""
				}
			}
			o := classic.Do(peertest.Request{Request: req, As: "result"})
			if want := fmt.Sprint("ToxicClientException: ", words); o.Raised+": "+o.Message != want {
				t.Errorf("toxiccore's client raises %s: %s, want %s", o.Raised, o.Message, want)
			}
			return
		}
		action, ok := req["action"].(string)
		if !ok {
			t.Skip("the client always sends an action")
		}
		token, _ := req["token"].(string)
		d, ok := persistent[token]
		if !ok {
			d = drive(whole, addr, token)
			persistent[token] = d
		}
		d.T = t
		want := fmt.Sprintf("1 CallError: %v (%v)", words, code)
		timeout := 0.0
		if req["timeout"] != nil {
			timeout, want = 0.05, "1 TimeoutError:  (0)" // it doesn't wait for the server
		}
		d.do(command{Tag: 1, Do: "call", Action: action, Body: req["body"], Timeout: timeout}, want)
	})
	if told < 20 {
		t.Errorf("%d errors were told", told)
	}
}

// failingServer serves what errors.txt asks for.
func failingServer() *runtime.Server {
	return &runtime.Server{
		Wire:    tpp.Wire{},
		Handler: failing(),
		Auth:    auth.Plain(map[string]string{"test": "s3cret"}),
		Authorize: func(_ context.Context, _ runtime.Principal, a *runtime.Action) error {
			if a.Name == "denied" {
				return errors.New("the test is on leave")
			}
			return nil
		},
	}
}

// failing returns the service of errors.txt.
func failing() *runtime.Mux {
	errTooLarge := runtime.NewError(runtime.ErrorInfo{Code: 2, Name: "TooLarge", Message: "the number is too large"})
	mux := new(runtime.Mux)
	double := &runtime.Action{Name: "double"}
	mux.Handle(double, stub.Unary(double, func(_ context.Context, n *natural) (*natural, error) {
		return nil, errTooLarge.Errorf("the number is too large: %d", *n)
	}))
	for name, err := range map[string]error{
		"unimplemented": stub.Unimplemented(&runtime.Action{Name: "unimplemented"}),
		"denied":        nil,
		"leaving":       fmt.Errorf("pod 7 is evicted: %w", runtime.GoingAway.Errorf("draining")),
		"private":       errors.New("pq: password authentication failed for user admin"),
		"data":          errTooLarge.WithData(raw(`{"most":1000}`)),
		"words":         runtime.Errorf(7, "seven"),
		"body":          &runtime.Error{Code: 1, Message: "it went wrong", Body: raw(`{"body":"error","error":"it went wrong"}`)},
	} {
		mux.Handle(&runtime.Action{Name: name}, func(context.Context, *runtime.Request, runtime.Responder) error { return err })
	}
	mux.Handle(&runtime.Action{Name: "panic"}, func(context.Context, *runtime.Request, runtime.Responder) error { panic("at the disco") })
	mux.Handle(&runtime.Action{Name: "wait"}, func(ctx context.Context, _ *runtime.Request, _ runtime.Responder) error {
		<-ctx.Done()
		return fmt.Errorf("waiting for 10.0.0.7: %w", ctx.Err())
	})
	return mux
}

// A natural is {"n": 5}.
type natural int64

func (v *natural) DecodeJSON(d *codec.Decoder) {
	for d.Object(); d.Member(); {
		*v = natural(d.Int64())
	}
}

func (v natural) AppendJSON(b []byte) ([]byte, error) { return fmt.Appendf(b, `{"n":%d}`, v), nil }
