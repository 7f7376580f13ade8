package certfile

import (
	"context"
	"crypto/tls"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/health"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// A running server shows the new certificate on new connections, and open ones stay open.
func TestPair_server(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Pair{Cert: filepath.Join(t.TempDir(), "both.pem")}
		use := func(name string) {
			t.Helper()
			cert, key := certificate(t, name)
			write(t, p.Cert, append(cert, key...))
			if err := p.Reload(); err != nil {
				t.Fatal(err)
			}
		}
		use("first")
		mux := new(runtime.Mux)
		new(health.Health).Register(mux, health.Action)
		l := wiretest.Listen()
		srv := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: runtime.Anybody}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- srv.Serve(ctx, tls.NewListener(l, &tls.Config{GetCertificate: p.GetCertificate}))
		}()

		var shown []string // the certificates that connections were made with
		connect := func() *runtime.Client {
			return &runtime.Client{Wire: tpp.Wire{}, Addr: "peer", Dial: l.DialContext, TLS: &tls.Config{
				InsecureSkipVerify: true, // they sign themselves
				VerifyConnection: func(s tls.ConnectionState) error {
					shown = append(shown, s.PeerCertificates[0].Subject.CommonName)
					return nil
				},
			}}
		}
		ask := func(c *runtime.Client) {
			t.Helper()
			err := c.Do(t.Context(), &runtime.Request{Action: "healthcheck"}, runtime.ResponderFunc(func(runtime.Message) error { return nil }))
			if err != nil {
				t.Error(err)
			}
		}
		before := connect()
		ask(before)
		use("second")
		ask(before)
		after := connect()
		ask(after)
		ask(before)
		if want := []string{"first", "second"}; !slices.Equal(shown, want) {
			t.Errorf("connections were made with %q, want %q", shown, want)
		}
		before.Close()
		after.Close()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
