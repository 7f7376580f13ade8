package runtime_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// discardBodies takes any number of responses.
var discardBodies = runtime.ResponderFunc(func(runtime.Message) error { return nil })

// Interceptors of a server see every call, also those which the handler doesn't get.
func TestServer_interceptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		see := func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			if req.Token != "" || runtime.Principal(ctx) != "" {
				t.Error("somebody was known before the token was checked")
			}
			err := next(ctx, req, out)
			seen = append(seen, req.Action+" "+strconv.FormatBool(req.Info != nil)+" "+runtime.Principal(ctx)+" "+runtime.CodeOf(err).String())
			return err
		}
		l := wiretest.Listen()
		srv := &runtime.Server{
			Wire:         tpp.Wire{},
			Handler:      newMux(),
			Interceptors: []runtime.Interceptor{see},
			Auth: func(_ context.Context, token string) (string, error) {
				if token != "s3cret" {
					return "", runtime.ErrBadToken
				}
				return "ci", nil
			},
		}
		ended := make(chan error)
		go func() { ended <- srv.Serve(t.Context(), l) }()

		for _, r := range []runtime.Request{
			{Action: "double", Body: Number{1}, Token: "s3cret"},
			{Action: "double", Body: Number{2000}, Token: "s3cret"},
			{Action: "double", Body: Number{1}, Token: "wrong"},
			{Action: "double", Body: Number{1}},
			{Action: "nope", Token: "s3cret"},
		} {
			client := &tpp.Client{Addr: "peer", Dial: l.DialContext}
			client.Do(t.Context(), &r, discardBodies)
			client.Close()
		}
		want := []string{"double true ci 0", "double true ci 2", "double true  3", "double true  2", "nope false ci 1"}
		if !slices.Equal(seen, want) {
			t.Errorf("the interceptor saw %q, want %q", seen, want)
		}
		srv.Shutdown(t.Context())
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// What a handler learns of its connection, and of its end.
func TestRemote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if ctx := t.Context(); runtime.RemoteAddr(ctx) != nil || runtime.TLSState(ctx) != nil || runtime.Draining(ctx) {
			t.Error("a context without a call has a connection")
		}
		mux := new(runtime.Mux)
		stopped := make(chan struct{})
		mux.Handle(&runtime.Action{Name: "look"}, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
			if a := runtime.RemoteAddr(ctx); a == nil || a.String() != "127.0.0.1:40000" {
				t.Errorf("RemoteAddr = %v", a)
			}
			if runtime.TLSState(ctx) != nil {
				t.Error("a plain connection has TLS")
			}
			before := runtime.Draining(ctx)
			<-stopped
			if after := runtime.Draining(ctx); before || !after {
				t.Errorf("Draining = %v and then %v, want false and then true", before, after)
			}
			return nil
		})
		l := wiretest.Listen()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- (&runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: runtime.Anybody}).Serve(ctx, l)
		}()
		called := make(chan struct{})
		go func() {
			defer close(called)
			client := &tpp.Client{Addr: "peer", Dial: l.DialContext}
			client.Do(t.Context(), &runtime.Request{Action: "look"}, discardBodies)
			client.Close()
		}()
		synctest.Wait()
		stop()
		synctest.Wait()
		close(stopped)
		<-called
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
