package observe_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/observe"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// shared is a buffer for lines from many goroutines.
type shared struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *shared) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// No log of this package or of the server has a token, a body, or the text of an error about
// one.
func TestLog_secrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b shared
		log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
		calls := &observe.Log{Logger: log, Messages: true}
		quiet := &observe.Log{Logger: log}
		mux := new(runtime.Mux)
		f := func(_ context.Context, req *runtime.Request, out runtime.Responder) error {
			body, err := req.Body.AppendJSON(nil)
			if err != nil || bytes.Contains(body, []byte("bad")) {
				if req.Action == "echo" {
					return errors.New("the store is closed")
				}
				return fmt.Errorf("%s isn't wanted", body)
			}
			return out.Respond(req.Body)
		}
		mux.Handle(&runtime.Action{Name: "login", Secret: true}, f)
		mux.Handle(&runtime.Action{Name: "echo"}, f)
		mux.Use(quiet.Server)
		l := wiretest.Listen()
		srv := &runtime.Server{
			Wire: tpp.Wire{}, Handler: mux, Log: log,
			Interceptors: []runtime.Interceptor{func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
				if req.Action == "echo" { // its messages would be shown
					return next(ctx, req, out)
				}
				return calls.Server(ctx, req, out, next)
			}},
			Auth: func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
				if c.Token != "hunter2" {
					return runtime.Principal{}, runtime.BadCredentials
				}
				return runtime.Principal{Name: "ann"}, nil
			},
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- srv.Serve(ctx, l) }()
		for _, action := range []string{"login", "echo", "nope"} {
			for _, token := range []string{"hunter2", "hunter22"} {
				for _, body := range []string{`"hunter2"`, `"bad hunter2"`} {
					c := &runtime.Client{Wire: tpp.Wire{}, Addr: "peer", Token: token, Dial: l.DialContext, Envelope: new(runtime.Raw(`{"secret":"hunter2"}`))}
					do := runtime.Intercept(c.Do, quiet.Client)
					do(t.Context(), &runtime.Request{Action: action, Body: new(runtime.Raw(body))}, runtime.ResponderFunc(func(runtime.Message) error { return nil }))
					c.Close()
				}
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if n := bytes.Count(b.Bytes(), []byte("\n")); n < 30 || !bytes.Contains(b.Bytes(), []byte("principal=ann")) {
			t.Errorf("%d lines were logged:\n%s", n, b.Bytes())
		}
		for _, line := range []string{`action=echo principal=ann peer=127.0.0.1:40000 err="the store is closed"`, `action=login principal=ann peer=127.0.0.1:40000 err="[secret] (*errors.errorString)"`} {
			if !bytes.Contains(b.Bytes(), []byte("level=ERROR msg=\"call failed\" "+line)) {
				t.Errorf("%s: isn't in\n%s", line, b.Bytes())
			}
		}
		if bytes.Contains(b.Bytes(), []byte("hunter2")) {
			t.Errorf("a secret was logged:\n%s", b.Bytes())
		}
	})
}
