package envelope

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

func TestAppendError(t *testing.T) {
	for _, test := range []struct {
		err  *runtime.Error
		want string
	}{
		{&runtime.Error{Code: 7, Message: "no"}, `{"id":3,"code":7,"body":{"error":"no"}}`},
		{&runtime.Error{Code: 7}, `{"id":3,"code":7,"body":{"error":"code 7"}}`},
		{
			&runtime.Error{Code: 7, Message: "no", Name: "Shy", Reason: runtime.BadRequest, Pointer: "/a", Data: new(runtime.Raw(`[1]`))},
			`{"id":3,"code":7,"body":{"error":"no"},"name":"Shy","reason":"bad_request","pointer":"/a","data":[1]}`,
		},
		{&runtime.Error{Code: 7, Message: "no", Data: unwritable{}}, `{"id":3,"code":7,"body":{"error":"no"}}`},
		{
			&runtime.Error{Code: 7, Message: "no", Body: new(runtime.Raw(`{"add":"error","error":"no"}`))},
			`{"id":3,"code":7,"body":{"add":"error","error":"no"}}`,
		},
		{&runtime.Error{Code: 7, Message: "no", Body: unwritable{}}, `{"id":3,"code":7,"body":{"error":"no"}}`},
	} {
		if got := string(AppendError(nil, 3, test.err)); got != test.want {
			t.Errorf("AppendError(%+v) = %s, want %s", test.err, got, test.want)
		}
	}
}

// What a peer says of an error reaches its caller, whatever form it has.
func TestResponse_Err(t *testing.T) {
	for _, test := range []struct{ response, want string }{
		{`{"id":1,"code":7,"body":{"error":"no"}}`, `7 "" "" "" "no" <nil> <nil>`},
		{`{"code":7,"body":{"error":"no"},"name":"Shy","data":{"a":[1]}}`, `7 "Shy" "" "" "no" {"a":[1]} <nil>`},
		{`{"data":null,"pointer":"/a~1","reason":"bad_request","code":1,"body":{"error":"no"}}`, `1 "" "bad_request" "/a~1" "no" null <nil>`},
		{`{"code":1,"reason":7,"name":null,"pointer":{},"body":{"error":"no"}}`, `1 "" "" "" "no" <nil> <nil>`},
		{`{"code":1,"reason":"tired","body":{"error":"no"}}`, `1 "" "tired" "" "no" <nil> <nil>`},
		{`{"code":1,"reason":"unavailable","body":{"error":"no"}}`, `1 "" "internal" "" "no" <nil> <nil>`},
		{`{"code":1,"reason":"bad_response","body":{"error":"no"}}`, `1 "" "internal" "" "no" <nil> <nil>`},
		{`{"code": 2, "body": {"error": "No auth token"}}`, `2 "" "no_credentials" "" "No auth token" <nil> {"error": "No auth token"}`},
		{`{"code":3,"body":{"error":"Bad auth token"}}`, `3 "" "bad_credentials" "" "Bad auth token" <nil> <nil>`},
		{`{"code":3,"name":"Poor","body":{"error":"Bad auth token"}}`, `3 "Poor" "" "" "Bad auth token" <nil> <nil>`},
		{`{"code":1,"body":"plain"}`, `1 "" "" "" "plain" <nil> "plain"`},
		{`{"code":1,"body":{"add":"error","error":"no"}}`, `1 "" "" "" "no" <nil> {"add":"error","error":"no"}`},
		{`{"code":1}`, `1 "" "" "" "" <nil> <nil>`},
	} {
		var resp Response
		if err := ParseResponse([]byte(test.response), &resp); err != nil {
			t.Errorf("%s: %v", test.response, err)
			continue
		}
		e := resp.Err()
		got := fmt.Sprintf("%v %q %q %q %q %s %s", e.Code, e.Name, string(e.Reason), e.Pointer, e.Message, show(e.Data), show(e.Body))
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.response, got, test.want)
		}
	}
}

func show(m runtime.Message) string {
	if m == nil {
		return "<nil>"
	}
	b, err := m.AppendJSON(nil)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// An unwritable is a message that fails to encode.
type unwritable struct{}

func (unwritable) AppendJSON(b []byte) ([]byte, error) {
	return append(b, `{"half":`...), errors.New("no more")
}
