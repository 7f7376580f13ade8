// Package recorded is what TestRecorded compiles, in a module of its own beside the packages
// that it has generated.
package recorded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/wiretest"

	"recorded/master"
	"recorded/notifications"
	"recorded/poller"
	"recorded/secrets"
	"recorded/slave"
)

// gateways make a mux perform the actions of a service by its own generated client, so
// whatever goes through has been decoded, encoded and checked twice.
var gateways = map[string]func(*runtime.Mux, runtime.Func){
	"slave":   func(m *runtime.Mux, do runtime.Func) { slave.Register(m, slave.NewClient(do)) },
	"poller":  func(m *runtime.Mux, do runtime.Func) { poller.Register(m, poller.NewClient(do)) },
	"secrets": func(m *runtime.Mux, do runtime.Func) { secrets.Register(m, secrets.NewClient(do)) },
	"master":  func(m *runtime.Mux, do runtime.Func) { master.Register(m, master.NewClient(do)) },
}

// Of the notifications nothing was recorded.
var _ notifications.Notifications = notifications.NewClient(nil)

// lenient are the requests that a real service answers although its contract doesn't allow
// them: the master takes underscores for hyphens.
var lenient = map[string]bool{"repo_list": true}

func TestGateway(t *testing.T) {
	for service, register := range gateways {
		t.Run(service, func(t *testing.T) {
			wiretest.Each(t, "wire/"+service+".txt", func(t *testing.T, c *wiretest.Conversation) {
				play(t, c, register)
			})
		})
	}
}

// A response is one as it was recorded.
type response struct {
	Code int
	Body json.RawMessage
}

// play sends a recorded request through a gateway, and the recorded responses back. Either
// the gateway refuses the request, and so did the real service; or request and responses
// arrive as they were recorded.
func play(t *testing.T, c *wiretest.Conversation, register func(*runtime.Mux, runtime.Func)) {
	request := frames[map[string]json.RawMessage](t, c.Sent(wiretest.Client))[0]
	responses := frames[response](t, c.Sent(wiretest.Server))
	success := len(responses) > 0 && responses[len(responses)-1].Code == 0

	asked := false
	mux := new(runtime.Mux)
	register(mux, func(_ context.Context, req *runtime.Request, out runtime.Responder) error {
		asked = true
		if body := request["body"]; body != nil && string(body) != "null" {
			compare(t, "request", encoded(t, req.Body), body)
		}
		for _, r := range responses {
			if r.Code != 0 {
				return runtime.Errorf(runtime.Code(r.Code), "%s", words(r.Body))
			}
			body := runtime.Raw(r.Body)
			if err := out.Respond(&body); err != nil {
				return err
			}
		}
		return nil
	})

	req := new(runtime.Request)
	if err := json.Unmarshal(request["action"], &req.Action); request["action"] != nil && err != nil {
		t.Fatal(err)
	}
	if body := runtime.Raw(request["body"]); body != nil {
		req.Body = &body
	}
	if id := request["user_id"]; id != nil {
		envelope := runtime.Raw(`{"user_id":` + string(id) + `}`)
		req.Envelope = &envelope
	}
	n := 0
	err := mux.Serve(t.Context(), req, runtime.ResponderFunc(func(body runtime.Message) error {
		compare(t, "response "+strconv.Itoa(n), encoded(t, body), responses[n].Body)
		n++
		return nil
	}))
	switch {
	case !asked:
		if success && !lenient[req.Action] {
			t.Errorf("refused with %v, but the real service has answered %.300s", err, responses[0].Body)
		}
	case success:
		if n != len(responses) || err != nil && !errors.Is(err, runtime.ErrStreamCut) {
			t.Errorf("%d responses and %v, want %d", n, err, len(responses))
		}
	case len(responses) > 0:
		last := responses[len(responses)-1]
		if runtime.CodeOf(err) != runtime.Code(last.Code) || err.Error() != words(last.Body) {
			t.Errorf("error %v %v, want %d %s", runtime.CodeOf(err), err, last.Code, last.Body)
		}
	}
}

// frames returns the contents of the frames that data consists of, decoded.
func frames[T any](t *testing.T, data []byte) (all []T) {
	t.Helper()
	for len(data) > 0 {
		header, rest, _ := bytes.Cut(data, []byte("\n"))
		n, err := strconv.Atoi(string(header))
		if err != nil {
			t.Fatal(err)
		}
		var v T
		if err := json.Unmarshal(rest[:n], &v); err != nil {
			t.Fatal(err)
		}
		all, data = append(all, v), rest[n:]
	}
	return all
}

// words returns the text in the body of an error.
func words(body json.RawMessage) string {
	var form struct{ Error string }
	if json.Unmarshal(body, &form) == nil {
		return form.Error
	}
	var text string
	json.Unmarshal(body, &text)
	return text
}

func encoded(t *testing.T, m runtime.Message) []byte {
	t.Helper()
	data, err := m.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// compare checks that two documents are the same, in whatever order their members are.
func compare(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if g, w := parse(t, got), parse(t, want); !reflect.DeepEqual(g, w) {
		t.Errorf("%s\n%s\nwant\n%s", what, got, want)
	}
}

// parse decodes JSON; numbers stay as they are written.
func parse(t *testing.T, data []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

// The errors of the master are told apart from those that the base has for the same codes.
func TestErrors(t *testing.T) {
	sentinels := map[string]error{
		"ErrUserDoesNotExist":       master.ErrUserDoesNotExist,
		"ErrNotEnoughPermissions":   master.ErrNotEnoughPermissions,
		"ErrBadResetToken":          master.ErrBadResetToken,
		"ErrAlreadyExists":          master.ErrAlreadyExists,
		"ErrRepositoryDoesNotExist": master.ErrRepositoryDoesNotExist,
		"ErrNotFound":               master.ErrNotFound,
		"ErrBadParameters":          master.ErrBadParameters,
		"NoCredentials":             runtime.NoCredentials,
		"BadCredentials":            runtime.BadCredentials,
	}
	want := map[string]string{
		"No user is found":                          "ErrUserDoesNotExist",
		"A user_id that no user has":                "ErrUserDoesNotExist",
		"No token":                                  "NoCredentials",
		"A user who may not add others":             "ErrNotEnoughPermissions",
		"A user who may not see the repository":     "ErrNotEnoughPermissions",
		"A wrong token":                             "BadCredentials",
		"A password is changed by a reset token":    "ErrBadResetToken",
		"A user with that name exists":              "ErrAlreadyExists",
		"A repository with that name exists":        "ErrAlreadyExists",
		"A repository that doesn't exist":           "ErrRepositoryDoesNotExist",
		"A slave that doesn't exist":                "ErrNotFound",
		"Neither a name nor a URL":                  "ErrBadParameters",
		"A parameter that the action doesn't have ": "ErrBadParameters",
	}
	for _, c := range wiretest.Load(t, "wire/master.txt") {
		for name, sentinel := range want {
			if !strings.HasPrefix(c.Name, name) {
				continue
			}
			delete(want, name)
			r := frames[response](t, c.Sent(wiretest.Server))[0]
			err := runtime.Errorf(runtime.Code(r.Code), "%s", words(r.Body))
			for other, target := range sentinels {
				if is := errors.Is(err, target); is != (other == sentinel) {
					t.Errorf("%s: errors.Is(%.80q, %s) = %v", c.Name, err, other, is)
				}
			}
		}
	}
	for name := range want {
		t.Errorf("nothing is recorded that begins with %q", name)
	}
}
