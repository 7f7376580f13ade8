package envelope

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/runtime"
)

var seeds = []string{
	`{"action":"a","token":"t","body":{"n":[1,-2.5e+3,"\u00e9\ud800",true,null]}}`,
	`{"id":1,"timeout":5,"cancel":true,"user_id":"x"}`,
	`{"id":7,"timeout":50,"action":"a","token":"t","body":{"n":["]"]}}`,
	`{"id":7,"action":"a","token":"t","body":1,"token":"t"}`,
	`{"\u0061ction":"x","action":"y"}`,
	`{"code":" 1_0 ","body":{"error":"x"},"id":3,"more":true}`,
	`{}`, `[]`, `null`, ``, `{"a":01}`, `{"id":1,"body":{"a":"\\\"]}\\"},"x":[}]}`, `{"body":[}}`, `{"a":"` + "\x7f\xff" + `"}`, `{"a":1,}`, `[[[[]]]]`, ` {"code" : 0.5 } `,
}

// FuzzScanner checks that the scanner accepts what encoding/json accepts, except
// invalid UTF-8.
func FuzzScanner(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := scanner{b: data, depth: 1000}
		s.value()
		s.end()
		want := json.Valid(data) && utf8.Valid(data)
		if s.err != nil && strings.HasSuffix(s.err.Error(), "nested too deeply") {
			return
		}
		if (s.err == nil) != want {
			t.Fatalf("%q: %v, but encoding/json says %v", data, s.err, want)
		}
	})
}

// FuzzRequest compares the values of requests with those of encoding/json, unless a key
// is a duplicate. ParseRequest may accept a body that isn't JSON, but then only the body
// is wrong.
func FuzzRequest(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var req, slow Request
		err := ParseRequest(data, 1000, &req)
		other := slow.parse(data, 1000, new(Request))
		if len(slow.Rest) == 0 {
			slow.Rest = nil
		}
		if fmt.Sprint(err) != fmt.Sprint(other) || err == nil && !reflect.DeepEqual(req, slow) {
			t.Fatalf("%q: %+v, %v, the short way\n%+v, %v, the long way", data, req, err, slow, other)
		}
		if err != nil {
			if c := runtime.CodeOf(err); c != runtime.Failed && c != 3 {
				t.Fatalf("%q: %v (%v)", data, err, c)
			}
			return
		}
		if req.Body != nil && !json.Valid(req.Body) {
			if json.Valid(data) {
				t.Fatalf("%q: body %q", data, req.Body)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("%q is taken, but encoding/json says %v", data, err)
		}
		var action string
		if json.Unmarshal(want["action"], &action) == nil && action != req.Action {
			t.Fatalf("%q: action %q, want %q", data, req.Action, action)
		}
		if !bytes.Equal(req.Body, want["body"]) {
			t.Fatalf("%q: body %q, want %q", data, req.Body, want["body"])
		}
		rest := AppendMembers(nil, req.Rest)
		if len(req.Rest) > 0 && !json.Valid(rest) {
			t.Fatalf("%q: rest %q", data, rest)
		}
	})
}

// FuzzResponse checks that no response does harm, and that bodies are those of
// encoding/json.
func FuzzResponse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var resp Response
		if err := ParseResponse(data, &resp); err != nil {
			if runtime.ReasonOf(err) != runtime.BadResponse {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		if err := resp.Err(); err != nil && (err.Code == runtime.OK || err.Error() == "") {
			t.Fatalf("%q: %#v", data, err)
		}
		if resp.Empty {
			return
		}
		if resp.Body != nil && !json.Valid(resp.Body) {
			if json.Valid(data) {
				t.Fatalf("%q: body %q", data, resp.Body)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(data, &want); err != nil || !bytes.Equal(resp.Body, want["body"]) {
			t.Fatalf("%q: body %q, want %q, %v", data, resp.Body, want["body"], err)
		}
	})
}

func TestAppendRequest(t *testing.T) {
	for _, tt := range []struct {
		req  runtime.Request
		id   uint64
		want string
	}{
		{runtime.Request{Action: "a"}, 0, `{"action":"a","body":{}}`},
		{runtime.Request{Action: "a", Token: "t", Envelope: new(runtime.Raw("{}"))}, 0, `{"action":"a","token":"t","body":{}}`},
		{runtime.Request{Action: "ü\"", Token: "t", Body: new(runtime.Raw("5")), Envelope: new(runtime.Raw(` { "x" : 1 } `))}, 7, `{"id":7,"action":"ü\"","token":"t","x" : 1,"body":5}`},
	} {
		got, err := AppendRequest(nil, tt.id, 0, &tt.req)
		if string(got) != tt.want || err != nil {
			t.Errorf("%s, %v, want %s", got, err, tt.want)
		}
		var back Request
		if err := ParseRequest(got, 10, &back); err != nil || back.Action != tt.req.Action || back.Token != tt.req.Token || back.ID != tt.id {
			t.Errorf("%s is read as %+v, %v", got, back, err)
		}
	}
	if _, err := AppendRequest(nil, 0, 0, &runtime.Request{Envelope: new(runtime.Raw("[]"))}); err == nil {
		t.Error("an array was taken for an envelope")
	}
}
