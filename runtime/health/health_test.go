package health

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// ask performs the action and returns the body of the answer.
func ask(ctx context.Context, do runtime.Func, name, body string) (answer string, err error) {
	req := &runtime.Request{Action: name}
	if body != "" {
		req.Body = new(runtime.Raw(body))
	}
	err = do(ctx, req, runtime.ResponderFunc(func(body runtime.Message) error {
		b, err := body.AppendJSON(nil)
		answer += string(b)
		return err
	}))
	return answer, err
}

func TestHealth(t *testing.T) {
	const alive = `"I'm alive!"`
	broken := errors.New("the database is gone")
	var checked error
	h := &Health{Check: func(context.Context) error { return checked }}
	mux := new(runtime.Mux)
	h.Register(mux, Action)
	h.Register(mux, &runtime.Action{Name: "health", Reply: runtime.Key("status")})

	for _, body := range []string{"", "null", "{}", `{"any":["thing"]}`} {
		if got, err := ask(t.Context(), mux.Serve, "healthcheck", body); got != alive || err != nil {
			t.Errorf("healthcheck(%s) = %s, %v, want %s", body, got, err, alive)
		}
	}
	if got, err := ask(t.Context(), mux.Serve, "health", ""); got != `{"status":`+alive+`}` || err != nil {
		t.Errorf("health = %s, %v", got, err)
	}
	checked = broken
	if got, err := ask(t.Context(), mux.Serve, "healthcheck", ""); got != "" || !errors.Is(err, broken) || runtime.ReasonOf(err) != runtime.Internal {
		t.Errorf("healthcheck = %s, %v, want %v", got, err, broken)
	}
	h.Drain()
	if got, err := ask(t.Context(), mux.Serve, "healthcheck", ""); got != "" || !errors.Is(err, runtime.GoingAway) {
		t.Errorf("healthcheck = %s, %v, want %v", got, err, runtime.GoingAway)
	}
}

// A server that stops answers runtime.GoingAway on its open connections.
func TestHealth_serverStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mux := new(runtime.Mux)
		new(Health).Register(mux, OpenAction)
		asked, stopped := make(chan bool), make(chan bool)
		mux.Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			asked <- true
			<-stopped
			return next(ctx, req, out)
		})
		l := wiretest.Listen()
		srv := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: func(context.Context, runtime.Credentials) (runtime.Principal, error) {
			return runtime.Principal{}, runtime.BadCredentials
		}}
		ended := make(chan error)
		ctx, stop := context.WithCancel(t.Context())
		go func() { ended <- srv.Serve(ctx, l) }()
		go func() {
			<-asked
			stop()
			synctest.Wait()
			close(stopped)
		}()
		client := &runtime.Client{Wire: tpp.Wire{}, Addr: "peer", Dial: l.DialContext}
		defer client.Close()
		if got, err := ask(t.Context(), client.Do, "healthcheck", ""); got != "" || !errors.Is(err, runtime.GoingAway) {
			t.Errorf("healthcheck = %s, %v, want %v", got, err, runtime.GoingAway)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
