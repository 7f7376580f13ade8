package tpp_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

const peerToken = "s3cret"

// call performs a call and returns its bodies, as JSON without blanks.
func call(ctx context.Context, c *runtime.Client, req *runtime.Request) (bodies []string, err error) {
	err = c.Do(ctx, req, runtime.ResponderFunc(func(body runtime.Message) error {
		data, err := body.AppendJSON(nil)
		if err != nil {
			return err
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			return err
		}
		bodies = append(bodies, compact(v))
		return nil
	}))
	return bodies, err
}

// streaming is what is known about the actions that stream.
var streaming = &runtime.Action{Name: "stream", Stream: true}

// sizes are the bodies that both directions carry: 0 is no body at all, and the others are JSON
// of so many bytes, around the pieces that toxiccore reads (1024) and writes (4096) and beyond.
var sizes = []int{0, 1, 1023, 1024, 1025, 4095, 4096, 4097, 1 << 20}

// largest is a size that a plain connection carries, too.
const largest = 16 << 20

// frameLimit lets it through.
const frameLimit = 17 << 20

// sized returns JSON of n bytes; "" for 0.
func sized(n int) string {
	if n < 2 {
		return "7"[:n]
	}
	return `"` + strings.Repeat("x", n-2) + `"`
}

// borders returns strings, as JSON, whose characters outside ASCII lie across every 1024th and
// 4096th byte in every possible way: four bytes of UTF-8, and twelve of escapes.
func borders() (all []string) {
	for _, char := range []string{"😀", `\ud83d\ude00`} {
		for shift := range len(char) {
			all = append(all, `"`+strings.Repeat("a", shift)+strings.Repeat(char, 9000/len(char))+`"`)
		}
	}
	return all
}

// Our client understands toxiccore's server, and is understood.
func TestPeers_clientWithToxiccore(t *testing.T) {
	cert := peertest.NewCertificate(t)
	files := peertest.Settings{Token: peerToken, CertFile: cert.CertFile, KeyFile: cert.KeyFile}
	for _, test := range []struct {
		name   string
		server peertest.Settings
		config *tls.Config
	}{
		{"plain", peertest.Settings{Token: peerToken}, nil},
		{"TLS", files, cert.Client},
		{"TLS without validation", files, &tls.Config{InsecureSkipVerify: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := &runtime.Client{
				Wire:  tpp.Wire{},
				Addr:  peertest.Serve(t, peertest.CoreServer, test.server),
				Token: peerToken,
				TLS:   test.config,
			}
			defer client.Close()
			clientShapes(t, client)
			switch {
			case test.config == nil:
				clientBodies(t, client, slices.Concat(sizes, []int{largest}))
			case !test.config.InsecureSkipVerify: // else it's the same from here on
				clientBodies(t, client, sizes)
			}
		})
	}
}

// clientShapes tries every shape of answer.
func clientShapes(t *testing.T, client *runtime.Client) {
	for _, test := range []struct {
		action, body, envelope string
		bodies                 []string
		err                    string
	}{
		{"keyed", `{"a":1}`, "", []string{`{"keyed":{"a":1}}`}, ""},
		{"named", `[1,2]`, "", []string{`{"items":[1,2]}`}, ""},
		{"bare", `"I'm here"`, "", []string{`"I'm here"`}, ""},
		{"bare", `null`, "", []string{`null`}, ""},
		{"envelope", `{}`, `{"user_id":"u1","zzz":[1]}`, []string{`{"envelope":{"user_id":"u1","zzz":[1]}}`}, ""},
		{"stream", `{"items":[{"i":1},{"i":2},"three"]}`, "", []string{`{"i":1}`, `{"i":2}`, `"three"`}, ""},
		{"stream", `{"items":[]}`, "", nil, ""},
		{"stream", `{"items":[1],"fail":{"code":7,"error":"half way","form":"object"}}`, "", []string{`1`}, "7: half way"},
		{"fail", `{"code":1,"error":"it is bad","form":"object"}`, "", nil, "1: it is bad"},
		{"fail", `{"code":2,"error":"no such user","form":"text"}`, "", nil, "2: no such user"},
		{"fail", `{"code":3,"error":"not allowed","form":"both"}`, "", nil, "3: not allowed"},
		{"fail", `{"code":4711,"error":"Größe","form":"object"}`, "", nil, "4711: Größe"},
		{"unknown", `{}`, "", nil, "unavailable: " + client.Addr + " closed the connection without an answer"},
	} {
		req := &runtime.Request{Action: test.action, Body: raw(test.body)}
		if test.envelope != "" {
			req.Envelope = raw(test.envelope)
		}
		if test.action == "stream" {
			req.Info = streaming
		}
		bodies, err := call(t.Context(), client, req)
		if !reflect.DeepEqual(bodies, test.bodies) || outcome(err) != test.err {
			t.Errorf("%s %s = %q, %v; want %q, %s", test.action, test.body, bodies, outcome(err), test.bodies, test.err)
		}
	}

	for token, want := range map[string]error{"wrong": runtime.BadCredentials, "": runtime.NoCredentials} {
		other := &runtime.Client{Wire: tpp.Wire{}, Addr: client.Addr, TLS: client.TLS, Token: token}
		if _, err := call(t.Context(), other, &runtime.Request{Action: "bare"}); !errors.Is(err, want) {
			t.Errorf("with token %q: %v, want %v", token, err, want)
		}
		other.Close()
	}

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := call(ctx, client, &runtime.Request{Action: "silent"}); runtime.ReasonOf(err) != runtime.DeadlineExceeded {
		t.Errorf("a call that isn't answered: %v, want %v", outcome(err), runtime.DeadlineExceeded)
	}
}

// outcome returns the code and the words of err; "" for nil.
func outcome(err error) string {
	if err == nil {
		return ""
	}
	what := runtime.CodeOf(err).String()
	if runtime.ReasonOf(err) == runtime.Unavailable {
		what = "unavailable"
	}
	return what + ": " + err.Error()
}

// clientBodies sends bodies of many sizes to and fro.
func clientBodies(t *testing.T, client *runtime.Client, sizes []int) {
	for _, n := range sizes {
		req := &runtime.Request{Action: "bare"}
		want := "{}" // no body is sent as an empty one
		if n > 0 {
			want = sized(n)
			req.Body = raw(want)
		}
		bodies, err := call(t.Context(), client, req)
		if err != nil || len(bodies) != 1 || bodies[0] != want {
			t.Errorf("a body of %d bytes: %.100q, %v", n, bodies, err)
		}
	}
	for i, s := range borders() {
		var v any
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			t.Fatal(err)
		}
		for _, action := range []string{"keyed", "raw"} { // answered by escapes, and by UTF-8
			bodies, err := call(t.Context(), client, &runtime.Request{Action: action, Body: raw(s)})
			if want := compact(map[string]any{action: v}); err != nil || len(bodies) != 1 || bodies[0] != want {
				t.Errorf("string %d through %s: %.100q, %v", i, action, bodies, err)
			}
		}
	}
}

// Where one side speaks TLS as the other doesn't expect, our client says so and doesn't wait.
func TestPeers_clientWithOtherTLS(t *testing.T) {
	cert := peertest.NewCertificate(t)
	plain := peertest.Serve(t, peertest.CoreServer, peertest.Settings{Token: peerToken})
	secure := peertest.Serve(t, peertest.CoreServer,
		peertest.Settings{Token: peerToken, CertFile: cert.CertFile, KeyFile: cert.KeyFile})
	for _, test := range []struct {
		name, addr string
		config     *tls.Config
		want       string
	}{
		{"certificate not trusted", secure, &tls.Config{}, "x509: certificate signed by unknown authority"},
		{"another name", secure, &tls.Config{RootCAs: cert.Client.RootCAs, ServerName: "example.org"}, "x509: certificate is valid for localhost"},
		{"TLS to a plain server", plain, cert.Client, ""},
		{"plain to a TLS server", secure, nil, ""},
	} {
		client := &runtime.Client{Wire: tpp.Wire{}, Addr: test.addr, Token: peerToken, TLS: test.config}
		_, err := call(t.Context(), client, &runtime.Request{Action: "bare"})
		if runtime.ReasonOf(err) != runtime.Unavailable || !strings.Contains(outcome(err), test.want) {
			t.Errorf("%s: %v, want %v: …%s", test.name, outcome(err), runtime.Unavailable, test.want)
		}
		client.Close()
	}
}

// listen serves h over loopback, and TLS if config isn't nil, until the test ends.
func listen(t *testing.T, h runtime.Handler, config *tls.Config) (addr string) {
	t.Helper()
	return listenAs(t, &runtime.Server{
		Wire:    tpp.Wire{},
		Handler: h,
		Auth:    auth.Plain(map[string]string{"peer": peerToken}),
		Limits:  runtime.Limits{Frame: frameLimit},
		Grace:   -1,
	}, config)
}

// listenAs lets server serve until the test ends.
func listenAs(t *testing.T, server *runtime.Server, config *tls.Config) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	if config != nil {
		l = tls.NewListener(l, config)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return addr
}

// peerService has an action for each shape of answer.
func peerService() *runtime.Mux {
	mux := new(runtime.Mux)
	body := func(req *runtime.Request) string {
		if req.Body == nil {
			return "null"
		}
		data, _ := req.Body.AppendJSON(nil)
		return string(data)
	}
	handle := func(name string, f func(ctx context.Context, body string) (string, error)) {
		mux.Handle(&runtime.Action{Name: name}, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
			answer, err := f(ctx, body(req))
			if err != nil {
				return err
			}
			return out.Respond(raw(answer))
		})
	}
	handle("keyed", func(_ context.Context, body string) (string, error) { return `{"keyed":` + body + `}`, nil })
	handle("named", func(_ context.Context, body string) (string, error) { return `{"items":` + body + `}`, nil })
	handle("bare", func(_ context.Context, body string) (string, error) { return body, nil })
	handle("fail", func(_ context.Context, body string) (string, error) {
		var e struct {
			Code  runtime.Code
			Error string
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return "", err
		}
		return "", runtime.Errorf(e.Code, "%s", e.Error)
	})
	handle("silent", func(ctx context.Context, _ string) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	})
	mux.Handle(streaming, func(_ context.Context, req *runtime.Request, out runtime.Responder) error {
		var items []json.RawMessage
		if err := json.Unmarshal([]byte(body(req)), &items); err != nil {
			return err
		}
		for _, item := range items {
			if err := out.Respond(raw(string(item))); err != nil {
				return err
			}
		}
		return nil
	})
	return mux
}

// envelope is a request as a peer sends it.
type envelope struct {
	Action any             `json:"action"`
	Body   json.RawMessage `json:"body,omitempty"`
	Token  any             `json:"token,omitempty"`
}

// toxiccore's client understands our server, and is understood.
func TestPeers_serverWithToxiccore(t *testing.T) {
	cert := peertest.NewCertificate(t)
	for _, test := range []struct {
		name   string
		config *tls.Config
		client peertest.Settings
	}{
		{"plain", nil, peertest.Settings{}},
		{"TLS", cert.Server, peertest.Settings{TLS: true, CAFile: cert.CAFile}},
		{"TLS without validation", cert.Server, peertest.Settings{TLS: true, SkipVerify: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := peertest.Connect(t, peertest.CoreClient, listen(t, peerService(), test.config), test.client)
			serverShapes(t, client)
			switch {
			case test.config == nil:
				serverBodies(t, client, slices.Concat(sizes, []int{largest}))
			case !test.client.SkipVerify: // else it's the same from here on
				serverBodies(t, client, sizes)
			}
		})
	}
}

// serverShapes tries every shape of answer.
func serverShapes(t *testing.T, client *peertest.Client) {
	for _, test := range []struct {
		action any
		body   string
		token  any
		as     string
		want   string // what is returned, or the exception
	}{
		{"keyed", `{"a":1}`, peerToken, "result", `{"a":1}`},
		{"named", `[1,2]`, peerToken, "responses", `[{"body":{"items":[1,2]},"code":0}]`},
		{"bare", `"I'm here"`, peerToken, "responses", `[{"body":"I'm here","code":0}]`},
		{"stream", `[{"i":1},"two",3]`, peerToken, "responses",
			`[{"body":{"i":1},"code":0},{"body":"two","code":0},{"body":3,"code":0}]`},
		{"stream", `[]`, peerToken, "responses", `[]`},
		{"fail", `{"code":1,"error":"it is bad"}`, peerToken, "result", `ToxicClientException: it is bad`},
		{"fail", `{"code":2,"error":"no such user"}`, peerToken, "result", `ToxicClientException: no such user`},
		{"fail", `{"code":4711,"error":"Größe"}`, peerToken, "result", `ToxicClientException: Größe`},
		{"unknown", `{}`, peerToken, "result", `ToxicClientException: unknown action "unknown"`},
		{"", `{}`, peerToken, "result", `ToxicClientException: No action found!`},
		{"keyed", `{}`, "wrong", "result", `ToxicClientException: Bad auth token`},
		{"keyed", `{}`, "", "result", `ToxicClientException: No auth token`},
		{"keyed", `{}`, nil, "responses", `ToxicClientException: No auth token`},
	} {
		o := client.Do(peertest.Request{Request: envelope{test.action, json.RawMessage(test.body), test.token}, As: test.as})
		if got := told(t, o); got != test.want {
			t.Errorf("%v %s = %s, want %s", test.action, test.body, got, test.want)
		}
	}
	o := client.Do(peertest.Request{Request: envelope{"silent", json.RawMessage(`{}`), peerToken}, As: "result", Timeout: 0.1})
	if o.Raised != "TimeoutError" {
		t.Errorf("silent = %s, want TimeoutError", told(t, o))
	}
}

// told returns the result without blanks, or the exception.
func told(t *testing.T, o peertest.Outcome) string {
	t.Helper()
	if o.Raised != "" {
		return o.Raised + ": " + o.Message
	}
	return compact(parse[any](t, o.Returned))
}

// serverBodies sends bodies of many sizes to and fro.
func serverBodies(t *testing.T, client *peertest.Client, sizes []int) {
	for _, n := range sizes {
		want := "null"
		req := envelope{Action: "bare", Token: peerToken}
		if n > 0 {
			want = sized(n)
			req.Body = json.RawMessage(want)
		}
		if got := told(t, client.Do(peertest.Request{Request: req, As: "responses"})); got != `[{"body":`+want+`,"code":0}]` {
			t.Errorf("a body of %d bytes: %.100s", n, got)
		}
	}
	for i, s := range borders() {
		var v any
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			t.Fatal(err)
		}
		want := compact([]any{map[string]any{"body": v, "code": 0}})
		for _, as := range []string{"responses", "raw"} { // asked by escapes, and by UTF-8
			req := envelope{"bare", json.RawMessage(s), peerToken}
			if got := told(t, client.Do(peertest.Request{Request: req, As: as})); got != want {
				t.Errorf("string %d asked for %s: %.100s", i, as, got)
			}
		}
	}
}

// Where one side speaks TLS as the other doesn't expect, the Python client learns it.
func TestPeers_serverWithOtherTLS(t *testing.T) {
	cert := peertest.NewCertificate(t)
	plain, secure := listen(t, peerService(), nil), listen(t, peerService(), cert.Server)
	for _, test := range []struct {
		name, addr string
		client     peertest.Settings
		raised     string
	}{
		{"certificate not trusted", secure, peertest.Settings{TLS: true}, "SSLCertVerificationError"},
		{"TLS to a plain server", plain, peertest.Settings{TLS: true, SkipVerify: true}, "SSLError"},
		{"plain to a TLS server", secure, peertest.Settings{}, ""},
	} {
		client := peertest.Connect(t, peertest.CoreClient, test.addr, test.client)
		o := client.Do(peertest.Request{Request: envelope{"keyed", json.RawMessage(`{}`), peerToken}, As: "result", Timeout: 5})
		if o.Raised == "" || o.Raised == "TimeoutError" || test.raised != "" && o.Raised != test.raised {
			t.Errorf("%s: %s, want %s", test.name, told(t, o), test.raised)
		}
	}
}

// The builders of the repository that a slave builds.
const builders = `
builders:
  - name: greet
    branch: main
    steps:
      - name: say hello
        command: echo "Grüße, $WHO"
      - name: fail
        command: exit 3
`

// A real slave builds a repository, and our client reads what it says of it.
func TestPeers_clientWithToxicslave(t *testing.T) {
	repo := peertest.NewRepository(t, builders)
	client := &runtime.Client{
		Wire:  tpp.Wire{},
		Addr:  peertest.Serve(t, peertest.Slave, peertest.Settings{Token: peerToken, Dir: t.TempDir()}),
		Token: peerToken,
	}
	defer client.Close()

	bodies, err := call(t.Context(), client, &runtime.Request{Action: "healthcheck"})
	if err != nil || !reflect.DeepEqual(bodies, []string{`"I'm alive!"`}) {
		t.Errorf("healthcheck = %q, %v", bodies, err)
	}

	checkout := map[string]any{
		"repo_id": "r1", "repo_url": repo.URL, "vcs_type": "git",
		"branch": repo.Branch, "named_tree": repo.Commit,
	}
	bodies, err = call(t.Context(), client, &runtime.Request{Action: "list_builders", Body: raw(compact(checkout))})
	if err != nil || !reflect.DeepEqual(bodies, []string{`{"builders":["greet"]}`}) {
		t.Errorf("list_builders = %q, %v", bodies, err)
	}

	checkout["builder_name"], checkout["envvars"] = "greet", map[string]string{"WHO": "world"}
	build := &runtime.Request{Action: "build", Body: raw(compact(checkout)), Info: streaming}
	bodies, err = call(t.Context(), client, build)
	if err != nil {
		t.Fatal(err)
	}
	var said, printed []string
	for _, body := range bodies {
		m := parse[message](t, []byte(body))
		if m["info_type"] == "step_output_info" {
			printed = append(printed, fmt.Sprint(m["output"]))
			continue // a step may print after it has finished
		}
		said = append(said, fmt.Sprint(m["info_type"], " ", m["status"]))
	}
	if want := []string{
		"build_info running",
		"step_info running", "step_info success",
		"step_info running", "step_info fail",
		"build_info fail",
	}; !reflect.DeepEqual(said, want) {
		t.Errorf("the slave says %q, want %q", said, want)
	}
	if want := "Grüße, world"; !slices.Contains(printed, want) {
		t.Errorf("the build prints %q, want %q", printed, want)
	}

	checkout["builder_name"] = "nobody"
	build.Body = raw(compact(checkout))
	if _, err := call(t.Context(), client, build); runtime.CodeOf(err) != runtime.Failed || !strings.Contains(err.Error(), "builder nobody does not exist") {
		t.Errorf("a builder that doesn't exist: %v", outcome(err))
	}
}

// The secrets service never closes a connection: our client doesn't wait for it.
func TestPeers_clientWithToxicsecrets(t *testing.T) {
	const owner = "5f2b8c1e9d3a4b6c7d8e9f00"
	client := &runtime.Client{
		Wire:  tpp.Wire{},
		Addr:  peertest.Serve(t, peertest.SecretsServer, peertest.Settings{Token: peerToken}),
		Token: peerToken,
	}
	defer client.Close()
	for _, test := range []struct{ action, body, want string }{
		{"add-or-update-secret", `{"owner":"` + owner + `","key":"k","value":"v"}`, `{"add-or-update-secret":"ok"}`},
		{"remove-secret", `{"owner":"` + owner + `","key":"k"}`, `{"remove-secret":"ok"}`},
		{"get-secrets", `{"owners":["` + owner + `"]}`, `{"get-secrets":[]}`},
		{"remove-all", `{"owner":"` + owner + `"}`, `{"remove-all":"ok"}`},
	} {
		bodies, err := call(t.Context(), client, &runtime.Request{Action: test.action, Body: raw(test.body)})
		if err != nil || !reflect.DeepEqual(bodies, []string{test.want}) {
			t.Errorf("%s = %q, %v", test.action, bodies, err)
		}
	}
	_, err := call(t.Context(), client, &runtime.Request{Action: "get-secrets", Body: raw(`{}`)})
	if runtime.CodeOf(err) != runtime.Failed || !strings.Contains(err.Error(), "KeyError: 'owners'") {
		t.Errorf("without owners: %v", outcome(err))
	}
}

// The master's own client reads from our server what a slave once said.
func TestPeers_serverWithBuildClient(t *testing.T) {
	all := wiretest.Load(t, transcript("slave.txt"))
	i := slices.IndexFunc(all, func(c *wiretest.Conversation) bool { return strings.HasPrefix(c.Name, "A build of two steps") })
	h := script(t, all[i])
	client := peertest.Connect(t, peertest.BuildClient, listen(t, h, nil), peertest.Settings{Token: peerToken})
	o := client.Do(peertest.Method{Method: "build", Args: map[string]any{
		"repo_id": "r1", "repo_url": "https://example.org/r1.git", "vcs_type": "git", "branch": "main",
		"named_tree": "v1", "builder_name": "two-steps", "timeout": 5,
	}})
	var want []any
	for _, r := range h.responses {
		want = append(want, r["body"])
	}
	if got := told(t, o); got != compact(want) {
		t.Errorf("build = %s, want %s", got, compact(want))
	}
	if h.name != "build" || parse[message](t, h.body)["builder_name"] != "two-steps" {
		t.Errorf("our server was asked %s %s", h.name, h.body)
	}
}
