package wiretest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// This file tests what a caller gets for each way a call can fail, and that it is the same
// over every wire.

// private is in everything that a peer must not be told.
const private = "pq: password authentication failed for user admin"

// refusals are what the handler of refuse returns, by the text of the request.
var refusals = map[string]func() error{
	"private":        func() error { return errors.New(private) },
	"by itself":      func() error { return errUnlucky },
	"details":        func() error { return errUnlucky.Errorf("unlucky number: %d", 13) },
	"wrapped":        func() error { return fmt.Errorf("%s: %w", private, errUnlucky) },
	"with a cause":   func() error { return fmt.Errorf("%w: %w", errUnlucky, errors.New(private)) },
	"joined":         func() error { return errors.Join(errUnlucky, errors.New(private)) },
	"data":           func() error { return errUnlucky.WithData(&number{13}) },
	"words":          func() error { return runtime.Errorf(7, "seven") },
	"negative":       func() error { return runtime.Errorf(-7, "minus seven") },
	"no words":       func() error { return &runtime.Error{Code: 7} },
	"no code":        func() error { return &runtime.Error{Message: "no code"} },
	"unimplemented":  func() error { return stub.Unimplemented(&actionRefuse) },
	"going away":     func() error { return runtime.GoingAway.Errorf("I stop") },
	"not permitted":  func() error { return runtime.NotPermitted },
	"another peer":   func() error { return runtime.Unavailable.Errorf("%s", private) },
	"another answer": func() error { return runtime.BadResponse.Errorf("%s", private) },
	"another time":   func() error { return fmt.Errorf("%s: %w", private, context.DeadlineExceeded) },
	"named internal": func() error { return runtime.Internal.Errorf("%s", private) },
	"new reason":     func() error { return &runtime.Error{Code: 1, Reason: "tired", Message: "I sleep"} },
	"body":           func() error { return &runtime.Error{Code: 8, Message: "eight", Body: new(text("eight"))} },
}

// refuse fails as the request asks.
func refuse(_ context.Context, req *text) (*number, error) {
	if f := refusals[string(*req)]; f != nil {
		return nil, f()
	}
	return nil, nil
}

// A failure is one way a call can fail, and what the caller gets.
type failure struct {
	what   string
	call   func(ctx context.Context, do runtime.Func) error
	want   runtime.Error
	data   int64 // of errUnlucky, 0 if there is none
	isWhat error // for errors.Is
}

// refused is a call of refuse.
func refused(what string) func(context.Context, runtime.Func) error {
	return invoking[number](&actionRefuse, new(text(what)))
}

// invoking is a call of a.
func invoking[Resp any, P unmarshaler[Resp]](a *runtime.Action, req runtime.Message) func(context.Context, runtime.Func) error {
	return func(ctx context.Context, do runtime.Func) error {
		_, err := stub.Invoke[Resp, message, P](ctx, do, a, &message{req}, nil)
		return err
	}
}

// failures are those that don't depend on a server.
var failures = []failure{
	{what: "private", call: refused("private"), want: runtime.Error{Code: 1, Reason: runtime.Internal, Message: "internal error"}, isWhat: runtime.Internal},
	{what: "by itself", call: refused("by itself"), want: runtime.Error{Code: 13, Name: "Unlucky", Message: "unlucky number"}, isWhat: errUnlucky},
	{what: "details", call: refused("details"), want: runtime.Error{Code: 13, Name: "Unlucky", Message: "unlucky number: 13"}, isWhat: errUnlucky},
	{what: "wrapped", call: refused("wrapped"), want: runtime.Error{Code: 13, Name: "Unlucky", Message: "unlucky number"}, isWhat: errUnlucky},
	{what: "with a cause", call: refused("with a cause"), want: runtime.Error{Code: 13, Name: "Unlucky", Message: "unlucky number"}, isWhat: errUnlucky},
	{what: "joined", call: refused("joined"), want: runtime.Error{Code: 13, Name: "Unlucky", Message: "unlucky number"}, isWhat: errUnlucky},
	{what: "data", call: refused("data"), want: runtime.Error{Code: 13, Name: "Unlucky", Message: "unlucky number"}, data: 13, isWhat: errUnlucky},
	{what: "words", call: refused("words"), want: runtime.Error{Code: 7, Message: "seven"}},
	{what: "negative", call: refused("negative"), want: runtime.Error{Code: -7, Message: "minus seven"}},
	{what: "no words", call: refused("no words"), want: runtime.Error{Code: 7, Message: "code 7"}},
	{what: "no code", call: refused("no code"), want: runtime.Error{Code: 1, Message: "no code"}},
	{what: "unimplemented", call: refused("unimplemented"), want: runtime.Error{Code: 1, Reason: runtime.Unimplemented, Message: "refuse is not implemented"}, isWhat: runtime.Unimplemented},
	{what: "going away", call: refused("going away"), want: runtime.Error{Code: 1, Reason: runtime.GoingAway, Message: "I stop"}, isWhat: runtime.GoingAway},
	{what: "not permitted", call: refused("not permitted"), want: runtime.Error{Code: 1, Reason: runtime.NotPermitted, Message: "not permitted"}, isWhat: runtime.NotPermitted},
	{what: "another peer", call: refused("another peer"), want: runtime.Error{Code: 1, Reason: runtime.Internal, Message: "internal error"}},
	{what: "another answer", call: refused("another answer"), want: runtime.Error{Code: 1, Reason: runtime.Internal, Message: "internal error"}},
	{what: "another time", call: refused("another time"), want: runtime.Error{Code: 1, Reason: runtime.Internal, Message: "internal error"}},
	{what: "named internal", call: refused("named internal"), want: runtime.Error{Code: 1, Reason: runtime.Internal, Message: "internal error"}},
	{what: "new reason", call: refused("new reason"), want: runtime.Error{Code: 1, Reason: "tired", Message: "I sleep"}},
	{what: "body", call: refused("body"), want: runtime.Error{Code: 8, Message: "eight"}},
	{what: "nothing", call: refused("nothing"), want: runtime.Error{Code: 1, Reason: runtime.Internal, Message: "internal error"}},
	{what: "bad request", call: invoking[number](&actionDouble, new(runtime.Raw(`{"n":"x"}`))), want: runtime.Error{Code: 1, Reason: runtime.BadRequest, Pointer: "/n", Message: `bad request: at /n: expected an integer, found "x"`}, isWhat: runtime.BadRequest},
	{what: "unknown action", call: invoking[number](&runtime.Action{Name: "nope"}, &number{1}), want: runtime.Error{Code: 1, Reason: runtime.UnknownAction, Message: `unknown action "nope"`}, isWhat: runtime.UnknownAction},
}

// remoteFailures are those that a server or a client has to do with.
var remoteFailures = []failure{
	{what: "panic", call: invoking[number](&actionPanic, &number{1}), want: runtime.Error{Code: 1, Reason: runtime.Internal, Message: "internal error"}, isWhat: runtime.Internal},
	{what: "no answer", call: invoking[number](&actionMute, &number{1}), want: runtime.Error{Code: 1, Reason: runtime.Internal, Message: "internal error"}},
	{what: "two answers", call: invoking[text](&actionTwice, &number{1}), want: runtime.Error{}},
	{what: "a response that can't be encoded", call: invoking[number](&actionBroken, &number{1}), want: runtime.Error{Code: 1, Reason: runtime.Internal, Message: "internal error"}},
	{what: "a request that can't be encoded", call: invoking[number](&actionDouble, broken{}), want: runtime.Error{Code: 1, Reason: runtime.BadRequest, Pointer: "/a/1", Message: "request of double: at /a/1: it broke"}, isWhat: runtime.BadRequest},
	{what: "no credentials", call: withToken("-", invoking[number](&actionDouble, &number{1})), want: runtime.Error{Code: 2, Reason: runtime.NoCredentials, Message: "No auth token"}, isWhat: runtime.NoCredentials},
	{what: "bad credentials", call: withToken("wrong", invoking[number](&actionDouble, &number{1})), want: runtime.Error{Code: 3, Reason: runtime.BadCredentials, Message: "Bad auth token"}, isWhat: runtime.BadCredentials},
	{what: "not authorized", call: invoking[number](&actionDenied, &number{1}), want: runtime.Error{Code: 1, Reason: runtime.NotPermitted, Message: "not permitted"}, isWhat: runtime.NotPermitted},
}

// withToken makes a call with a token of its own; "-" is none.
func withToken(token string, call func(context.Context, runtime.Func) error) func(context.Context, runtime.Func) error {
	return func(ctx context.Context, do runtime.Func) error {
		return call(ctx, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
			req.Token = token
			return do(ctx, req, out)
		})
	}
}

// check makes the call, and compares what the caller gets.
func (f *failure) check(t *testing.T, do runtime.Func) {
	t.Helper()
	err := f.call(t.Context(), do)
	if f.want.Code == runtime.OK {
		if err != nil {
			t.Errorf("%s: %v", f.what, err)
		}
		return
	}
	var e *runtime.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: %v, want an error", f.what, err)
		return
	}
	got := runtime.Error{Code: e.Code, Name: e.Name, Message: e.Message, Reason: e.Reason, Pointer: e.Pointer}
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", f.want) {
		t.Errorf("%s: %#v\nwant %#v", f.what, got, f.want)
	}
	data, ok := runtime.DataOf[number](err, errUnlucky)
	if ok != (f.data != 0) || ok && data.n != f.data {
		t.Errorf("%s: data %v, want %d", f.what, data, f.data)
	}
	if f.isWhat != nil && !errors.Is(err, f.isWhat) {
		t.Errorf("%s: %v isn't %v", f.what, err, f.isWhat)
	}
}

// reasons: a caller gets the same over every wire.
func reasons(t *testing.T, p *peers) {
	for _, all := range [][]failure{failures, remoteFailures} {
		for _, f := range all {
			f.check(t, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
				do := p.client.Do
				if req.Token == "-" {
					req.Token = ""
					do = p.newClient(t, "").Do
				}
				err := do(ctx, req, out)
				if err != nil && strings.Contains(err.Error(), private) {
					t.Errorf("%s: the caller is told %v", f.what, err)
				}
				return err
			})
		}
	}
	p.works(t)
}
