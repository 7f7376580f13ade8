package runtime_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// body performs action and returns the bodies of its responses.
func bodies(t *testing.T, do runtime.Func, req *runtime.Request) ([]string, error) {
	t.Helper()
	var all []string
	err := do(t.Context(), req, runtime.ResponderFunc(func(body runtime.Message) error {
		b, err := body.AppendJSON(nil)
		all = append(all, string(b))
		return err
	}))
	return all, err
}

func raw(s string) runtime.Message {
	if s == "" {
		return nil
	}
	return new(runtime.Raw(s))
}

func TestMux_bodies(t *testing.T) {
	mux := newMux()
	mux.Handle(&actionFrom, stub.Unary(&actionFrom, double))
	for _, tt := range []struct {
		action, body string
		want         []string
		err          string
	}{
		{"double", `{"n":4}`, []string{`{"double":{"n":8}}`}, ""},
		{"bare", `{"n":4}`, []string{`{"n":8}`}, ""},
		{"named", `{"n":4}`, []string{`{"number":{"n":8}}`}, ""},
		{"from", `{"key":"a\"b","n":4}`, []string{`{"a\"b":{"n":8}}`}, ""},
		{"count", `{"n":2}`, []string{`{"count":"ok"}`, `{"n":0}`, `{"n":1}`}, ""},
		{"double", `{"n":2000}`, nil, "the number is too large: 2000"},
		{"double", `{"n":"x"}`, nil, "bad request: "},
		{"double", ``, nil, `"n"`},
		{"double", `null`, nil, `"n"`},
		{"nope", ``, nil, `unknown action "nope"`},
	} {
		got, err := bodies(t, mux.Serve, &runtime.Request{Action: tt.action, Body: raw(tt.body)})
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s(%s) = %s, want %s", tt.action, tt.body, got, tt.want)
		}
		if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s(%s): error %v, want %q", tt.action, tt.body, err, tt.err)
		}
	}
}

func TestInvoke_withoutSocket(t *testing.T) {
	mux := newMux()
	mux.Handle(&actionFrom, stub.Unary(&actionFrom, double))
	for _, a := range []*runtime.Action{&actionDouble, &actionBare, &actionNamed} {
		got, err := stub.Invoke[Number](t.Context(), mux.Serve, a, &Number{21}, nil)
		if err != nil || got.N != 42 {
			t.Errorf("%s = %v, %v, want 42", a.Name, got, err)
		}
	}
	_, err := stub.Invoke[Number](t.Context(), mux.Serve, &actionDouble, &Number{2000}, nil)
	if e, ok := err.(*runtime.Error); !ok || e.Code != 2 || e.Message != "the number is too large: 2000" || !errors.Is(err, errTooLarge) {
		t.Errorf("double(2000): %#v", err)
	}
}

func TestInvokeStream_withoutSocket(t *testing.T) {
	mux := newMux()
	var got []int64
	for n, err := range stub.InvokeStream[Number](t.Context(), mux.Serve, &actionCount, &Number{3}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n.N)
	}
	if !slices.Equal(got, []int64{0, 1, 2}) {
		t.Errorf("items %v", got)
	}
}

func TestInvoke_nilRequest(t *testing.T) {
	mux := newMux()
	got, err := stub.Invoke[Number](t.Context(), mux.Serve, &actionDouble, (*Number)(nil), nil)
	if err != nil || got.N != 0 {
		t.Errorf("double of the zero request = %v, %v", got, err)
	}
	for n, err := range stub.InvokeStream[Number](t.Context(), mux.Serve, &actionCount, (*Number)(nil), nil) {
		t.Errorf("count of the zero request yields %v, %v", n, err)
	}
}

func TestInvokeStream_leftEarly(t *testing.T) {
	mux := newMux()
	n := 0
	for _, err := range stub.InvokeStream[Number](t.Context(), mux.Serve, &actionCount, &Number{1 << 40}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d items", n)
	}
}

func TestInvokeStream_errorIsLast(t *testing.T) {
	mux := newMux()
	n := 0
	var last error
	for _, err := range stub.InvokeStream[Number](t.Context(), mux.Serve, &actionCount, &Number{2000}, nil) {
		n++
		last = err
	}
	if n != 1001 || !errors.Is(last, errTooLarge) {
		t.Errorf("%d items, then %v", n, last)
	}
}

func TestInvoke_badResponses(t *testing.T) {
	for body, want := range map[string]string{
		`{"double":{"n":"x"}}`: "response of double: ",
		`{"other":{"n":1}}`:    `"double"`,
		`5`:                    "response of double: ",
	} {
		do := func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
			return out.Respond(raw(body))
		}
		_, err := stub.Invoke[Number](t.Context(), do, &actionDouble, &Number{}, nil)
		if runtime.ReasonOf(err) != runtime.BadResponse || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	silent := func(context.Context, *runtime.Request, runtime.Responder) error { return nil }
	if _, err := stub.Invoke[Number](t.Context(), silent, &actionDouble, &Number{}, nil); runtime.ReasonOf(err) != runtime.BadResponse {
		t.Errorf("no answer: %v", err)
	}
}

func TestWithEnvelope(t *testing.T) {
	mux := new(runtime.Mux)
	mux.Handle(&actionBare, stub.Enveloped[User](stub.Unary(&actionBare, func(ctx context.Context, req *Number) (*Number, error) {
		u, ok := runtime.EnvelopeOf[User](ctx)
		if !ok || u.Name != "ann" {
			t.Errorf("envelope %v, %v", u, ok)
		}
		return req, nil
	})))
	if _, err := stub.Invoke[Number](t.Context(), mux.Serve, &actionBare, &Number{1}, User{"ann"}); err != nil {
		t.Error(err)
	}
	_, err := stub.Invoke[Number](t.Context(), mux.Serve, &actionBare, &Number{1}, nil)
	if runtime.CodeOf(err) != runtime.Failed || !strings.Contains(err.Error(), "bad envelope") {
		t.Errorf("without envelope: %v", err)
	}
}

func TestMux_interceptors(t *testing.T) {
	mux := new(runtime.Mux)
	var order []string
	note := func(name string) runtime.Interceptor {
		return func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			order = append(order, name)
			return next(ctx, req, out)
		}
	}
	mux.Use(note("a"), note("b"))
	mux.Handle(&actionBare, stub.Unary(&actionBare, double))
	mux.Use(note("c"))
	do := runtime.Intercept(mux.Serve, note("client"))
	if _, err := stub.Invoke[Number](t.Context(), do, &actionBare, &Number{1}, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "client a b c" {
		t.Errorf("order %s", got)
	}
}

func TestMux_registeredTwice(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	mux := newMux()
	mux.Handle(&actionBare, mux.Serve)
}

// The master acknowledges a subscription to events, and some may be there
// before its acknowledgement is.
func TestInvokeStream_itemBeforeAcknowledgement(t *testing.T) {
	do := func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		for _, body := range []string{`{"n":1}`, `{"count":"ok"}`, `{"n":2}`} {
			if err := out.Respond(new(runtime.Raw(body))); err != nil {
				return err
			}
		}
		return nil
	}
	var got []int64
	for n, err := range stub.InvokeStream[Number](t.Context(), do, &actionCount, &Number{N: 2}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n.N)
	}
	if want := []int64{1, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A Mux publishes its contracts once it has some, through interceptors like any action.
func TestMux_Describe(t *testing.T) {
	var mux runtime.Mux
	if got, err := runtime.Contracts(t.Context(), mux.Serve); got != nil || !errors.Is(err, runtime.UnknownAction) {
		t.Errorf("without contracts: %s, %v", got, err)
	}
	const text = `{"tpp":"1","description":"<é>"}`
	mux.Describe("{ \"tpp\": \"1\",\n \"description\": \"<é>\" }")
	if got, err := runtime.Contracts(t.Context(), mux.Serve); len(got) != 1 || string(got[0]) != text || err != nil {
		t.Errorf("one contract: %s, %v", got, err)
	}
	mux.Describe("true")
	for range 2 {
		if got, err := runtime.Contracts(t.Context(), mux.Serve); len(got) != 2 || string(got[0]) != text || string(got[1]) != "true" || err != nil {
			t.Errorf("two contracts: %s, %v", got, err)
		}
	}
	refused := errors.New("no")
	mux.Use(func(context.Context, *runtime.Request, runtime.Responder, runtime.Func) error { return refused })
	if _, err := runtime.Contracts(t.Context(), mux.Serve); !errors.Is(err, refused) {
		t.Errorf("refused: %v", err)
	}
	for _, body := range []string{"{}", "[]", `{"tpp.contract":{}}`, `{"tpp.contract":[1,}`} {
		got, err := runtime.Contracts(t.Context(), func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
			return out.Respond(raw(body))
		})
		if got != nil || runtime.ReasonOf(err) != runtime.BadResponse {
			t.Errorf("answer %s: %s, %v", body, got, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("half a document is accepted")
		}
	}()
	mux.Describe(`{"tpp"`)
}
