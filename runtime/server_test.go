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
			if req.Token != "" || runtime.PrincipalOf(ctx).Name != "" {
				t.Error("a principal was known before the token was checked")
			}
			err := next(ctx, req, out)
			seen = append(seen, req.Action+" "+strconv.FormatBool(req.Info != nil)+" "+runtime.PrincipalOf(ctx).Name+" "+runtime.CodeOf(err).String())
			return err
		}
		l := wiretest.Listen()
		srv := &runtime.Server{
			Wire:         tpp.Wire{},
			Handler:      newMux(),
			Interceptors: []runtime.Interceptor{see},
			Auth: func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
				if c.Token != "s3cret" {
					return runtime.Principal{}, runtime.BadCredentials
				}
				return runtime.Principal{Name: "ci"}, nil
			},
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- srv.Serve(ctx, l) }()

		for _, r := range []runtime.Request{
			{Action: "double", Body: Number{1}, Token: "s3cret"},
			{Action: "double", Body: Number{2000}, Token: "s3cret"},
			{Action: "double", Body: Number{1}, Token: "wrong"},
			{Action: "double", Body: Number{1}},
			{Action: "nope", Token: "s3cret"},
		} {
			client := &runtime.Client{Wire: tpp.Wire{}, Addr: "peer", Dial: l.DialContext}
			client.Do(t.Context(), &r, discardBodies)
			client.Close()
		}
		want := []string{"double true ci 0", "double true ci 2", "double true  3", "double true  2", "nope false ci 1"}
		if !slices.Equal(seen, want) {
			t.Errorf("the interceptor saw %q, want %q", seen, want)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// What a handler learns of its connection, and of its end.
func TestRemote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if ctx := t.Context(); runtime.PeerOf(ctx).Addr != nil || runtime.PeerOf(ctx).TLS != nil || runtime.Draining(ctx) {
			t.Error("a context without a call has a connection")
		}
		mux := new(runtime.Mux)
		stopped := make(chan struct{})
		mux.Handle(&runtime.Action{Name: "look"}, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
			if a := runtime.PeerOf(ctx).Addr; a == nil || a.String() != "127.0.0.1:40000" {
				t.Errorf("RemoteAddr = %v", a)
			}
			if runtime.PeerOf(ctx).TLS != nil {
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
			client := &runtime.Client{Wire: tpp.Wire{}, Addr: "peer", Dial: l.DialContext}
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
