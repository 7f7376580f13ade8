package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// serve serves a new store over TCP, or TLS if config isn't nil, and returns its address.
func serve(t *testing.T, config *tls.Config) string {
	t.Helper()
	s, _ := newStore(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	srv := newServer(s, auth.Plain(map[string]string{"client": "123"}), slog.New(slog.DiscardHandler))
	go func() { ended <- srv.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return addr
}

// The requests are the bytes of real Python clients. So are the answers, except blanks, ids and
// the texts of errors.
func TestService_recorded(t *testing.T) {
	addr := serve(t, nil)
	for _, test := range []struct{ request, want string }{
		{
			`{"action": "add-or-update-secret", "body": {"owner": "5f0000000000000000000001", "key": "k", "value": "v\u00e9"}, "token": "123"}`,
			`{"code":0,"body":{"add-or-update-secret":"ok"}}`,
		}, {
			`{"action": "get-secrets", "body": {"owners": ["5f0000000000000000000001"]}, "token": "123"}`,
			`{"code":0,"body":{"get-secrets":[{"id":"ID","owner":"5f0000000000000000000001","key":"k","value":"vé"}]}}`,
		}, {
			`{"action": "get-secrets", "body": {"owners": ["nobody"]}, "token": "123"}`,
			`{"code":0,"body":{"get-secrets":[]}}`,
		}, {
			`{"action": "get-secrets", "body": {}, "token": "123"}`,
			`{"code":1,"body":{"get-secrets":"error","error":"bad request: missing property \"owners\""}}`,
		}, {
			`{"action": "get-secrets", "token": "123"}`,
			`{"code":1,"body":{"get-secrets":"error","error":"bad request: missing property \"owners\""}}`,
		}, {
			`{"action": "add-or-update-secret", "body": {"owner": "5f0000000000000000000001", "key": "k", "value": 5}, "token": "123"}`,
			`{"code":1,"body":{"add-or-update-secret":"error","error":"bad request: at /value: expected a string, found a secret"}}`,
		}, {
			`{"action": "add-or-update-secret", "body": {"owner": "ada", "key": "k", "value": "v"}, "token": "123"}`,
			`{"code":1,"body":{"add-or-update-secret":"error","error":"bad request: at /owner: expected a match of ^[0-9a-f]{24}$, found \"ada\""}}`,
		}, {
			`{"action": "remove-secret", "body": {"owner": "5f0000000000000000000001", "key": "k"}, "token": "123"}`,
			`{"code":0,"body":{"remove-secret":"ok"}}`,
		}, {
			`{"action": "remove-all", "body": {"owner": "5f0000000000000000000001"}, "token": "123"}`,
			`{"code":0,"body":{"remove-all":"ok"}}`,
		}, {
			// The Python service answers none of the rest, except bad tokens.
			`{"action": "nope", "body": {}, "token": "123"}`,
			`{"code":1,"body":{"error":"unknown action \"nope\""}}`,
		}, {
			`{"action": "get_secrets", "body": {"owners": []}, "token": "123"}`,
			`{"code":1,"body":{"error":"unknown action \"get_secrets\""}}`,
		}, {
			`{"action": "remove-all", "body": {"owner": "5f0000000000000000000001"}, "token": "124"}`,
			`{"code":3,"body":{"error":"Bad auth token"}}`,
		}, {
			`{"action": "remove-all", "body": {"owner": "5f0000000000000000000001"}}`,
			`{"code":2,"body":{"error":"No auth token"}}`,
		},
	} {
		got := id.ReplaceAllString(exchange(t, addr, test.request), `"id":"ID"`)
		if got != test.want {
			t.Errorf("%s\n  was answered %s\n  want         %s", test.request, got, test.want)
		}
	}
}

var id = regexp.MustCompile(`"id":"[0-9a-f]{24}"`)

// exchange sends a request and returns the body of the answer. Then the server closes the
// connection.
func exchange(t *testing.T, addr, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, strconv.Itoa(len(request))+"\n"+request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	count, body, _ := strings.Cut(string(answer), "\n")
	if count != strconv.Itoa(len(body)) {
		t.Errorf("%s bytes announced, %d came", count, len(body))
	}
	return body
}

// A key that is too long for the database is refused as a bad request.
func TestService_longKey(t *testing.T) {
	addr := serve(t, nil)
	for n, want := range map[int]string{
		maxKey:     `{"code":0,"body":{"add-or-update-secret":"ok"}}`,
		maxKey + 1: `{"code":1,"body":{"add-or-update-secret":"error","error":"bad request: the key has more than 32744 bytes"}}`,
	} {
		got := exchange(t, addr, `{"action":"add-or-update-secret","body":{"owner":"`+ada+`","key":"`+strings.Repeat("k", n)+`","value":"v"},"token":"123"}`)
		if got != want {
			t.Errorf("a key of %d bytes: %s, want %s", n, got, want)
		}
	}
}

// The unmodified client of ToxicBuild's master works.
func TestService_pythonClient(t *testing.T) {
	cert := peertest.NewCertificate(t)
	for name, config := range map[string]*tls.Config{"TCP": nil, "TLS": cert.Server} {
		t.Run(name, func(t *testing.T) {
			addr := serve(t, config)
			client := peertest.Connect(t, peertest.SecretsClient, addr, peertest.Settings{
				Token: "123", TLS: config != nil, SkipVerify: true,
			})
			long := strings.Repeat("é☺\n", 100_000)
			for _, test := range []struct {
				method string
				args   map[string]any
				want   any
			}{
				{"add_or_update_secret", map[string]any{"owner": ada, "key": "k", "value": "v"}, "ok"},
				{"add_or_update_secret", map[string]any{"owner": ada, "key": "k", "value": "v2 é"}, "ok"},
				{"add_or_update_secret", map[string]any{"owner": bob, "key": "l", "value": long}, "ok"},
				{"get_secrets", map[string]any{"owners": []string{ada}}, map[string]any{"k": "v2 é"}},
				{"get_secrets", map[string]any{"owners": []string{ada, bob}}, map[string]any{"k": "v2 é", "l": long}},
				{"remove_secret", map[string]any{"owner": ada, "key": "k"}, "ok"},
				{"get_secrets", map[string]any{"owners": []string{ada}}, map[string]any{}},
				{"remove_all", map[string]any{"owner": bob}, "ok"},
				{"get_secrets", map[string]any{"owners": []string{ada, bob}}, map[string]any{}},
			} {
				o := client.Do(peertest.Method{Method: test.method, Args: test.args})
				var got any
				json.Unmarshal(o.Returned, &got)
				if !reflect.DeepEqual(got, test.want) {
					t.Errorf("%s = %.100s, %s: %s; want %.100v", test.method, o.Returned, o.Raised, o.Message, test.want)
				}
			}
			o := client.Do(peertest.Method{Method: "remove_all", Args: map[string]any{"owner": "ada"}})
			if o.Raised != "ToxicClientException" || !strings.HasPrefix(o.Message, "bad request: at /owner: ") {
				t.Errorf("remove_all of a bad id: %s, %s: %s", o.Returned, o.Raised, o.Message)
			}
			wrong := peertest.Connect(t, peertest.SecretsClient, addr, peertest.Settings{
				Token: "124", TLS: config != nil, SkipVerify: true,
			})
			o = wrong.Do(peertest.Method{Method: "remove_all", Args: map[string]any{"owner": ada}})
			if o.Raised != "ToxicClientException" || o.Message != "Bad auth token" {
				t.Errorf("remove_all with a bad token: %s, %s: %s", o.Returned, o.Raised, o.Message)
			}
		})
	}
}
