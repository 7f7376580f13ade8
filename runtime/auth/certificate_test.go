package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// An authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{cert: &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotAfter:              time.Now().Add(240 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}}
	pair := a.sign(t, a.cert)
	a.cert, a.key = pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

// sign returns a certificate made from template. The authority's first one is self-signed.
func (a *authority) sign(t *testing.T, template *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer := a.key
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// named returns a certificate for name that is valid for a day.
func (a *authority) named(t *testing.T, name string) tls.Certificate {
	t.Helper()
	return a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotAfter:     time.Now().Add(24 * time.Hour),
	})
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// whoami answers with the principal.
func whoami() *runtime.Mux {
	mux := new(runtime.Mux)
	mux.Handle(&runtime.Action{Name: "whoami"}, func(ctx context.Context, _ *runtime.Request, out runtime.Responder) error {
		return out.Respond(new(runtime.Raw(`"` + runtime.PrincipalOf(ctx).Name + `"`)))
	})
	return mux
}

// ask returns the answer of whoami.
func ask(ctx context.Context, c *runtime.Client) (answer string, err error) {
	err = c.Do(ctx, &runtime.Request{Action: "whoami"}, runtime.ResponderFunc(func(body runtime.Message) error {
		b, err := body.AppendJSON(nil)
		answer = string(b)
		return err
	}))
	return answer, err
}

func TestCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := newAuthority(t), newAuthority(t)
		tokens := auth.Plain(map[string]string{"by token": "s3cret"})
		listen := func(verify tls.ClientAuthType, check runtime.Auth) *wiretest.Listener {
			l := wiretest.Listen()
			config := &tls.Config{Certificates: []tls.Certificate{ours.named(t, "server")}, ClientCAs: ours.pool(), ClientAuth: verify}
			ended := make(chan error)
			srv := &runtime.Server{Wire: tpp.Wire{}, Handler: whoami(), Auth: check, Limits: runtime.Limits{Idle: -1}}
			go func() { ended <- srv.Serve(t.Context(), tls.NewListener(l, config)) }()
			t.Cleanup(func() {
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
			return l
		}
		client := func(l *wiretest.Listener, token string, certs ...tls.Certificate) *runtime.Client {
			c := &runtime.Client{Wire: tpp.Wire{}, Addr: "server:7777", Token: token, Dial: l.DialContext, TLS: &tls.Config{RootCAs: ours.pool(), Certificates: certs}}
			t.Cleanup(func() { c.Close() })
			return c
		}
		either := listen(tls.VerifyClientCertIfGiven, auth.First(auth.Certificate(nil), tokens))
		unverified := listen(tls.RequireAnyClientCert, auth.Certificate(nil))
		reserved := listen(tls.RequireAndVerifyClientCert, auth.Certificate(func(c *x509.Certificate) string {
			if c.Subject.CommonName == "admin" {
				return ""
			}
			return "user " + c.Subject.CommonName
		}))

		ann := ours.named(t, "ann")
		for _, tt := range []struct {
			name   string
			client *runtime.Client
			want   string
			err    error
		}{
			{"certificate", client(either, "", ann), `"ann"`, nil},
			{"certificate and bad token", client(either, "wrong", ann), `"ann"`, nil},
			{"token", client(either, "s3cret"), `"by token"`, nil},
			{"bad token", client(either, "wrong"), ``, runtime.BadCredentials},
			{"neither", client(either, ""), ``, runtime.NoCredentials},
			{"not verified", client(unverified, "", theirs.named(t, "ann")), ``, runtime.NoCredentials},
			{"named", client(reserved, "", ann), `"user ann"`, nil},
			{"not wanted", client(reserved, "", ours.named(t, "admin")), ``, runtime.NoCredentials},
		} {
			got, err := ask(t.Context(), tt.client)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%s: %s, %v, want %s, %v", tt.name, got, err, tt.want, tt.err)
			}
		}

		c := client(either, "", ann)
		ask(t.Context(), c)
		time.Sleep(25 * time.Hour)
		if got, err := ask(t.Context(), c); !errors.Is(err, runtime.NoCredentials) {
			t.Errorf("with a certificate that has expired meanwhile: %s, %v, want %v", got, err, runtime.NoCredentials)
		}
	})
}

func TestCertificate_plainConnection(t *testing.T) {
	check := auth.Certificate(nil)
	if _, err := check(t.Context(), runtime.Credentials{}); !errors.Is(err, runtime.BadCredentials) {
		t.Errorf("Certificate without a connection: %v, want %v", err, runtime.BadCredentials)
	}
}

func TestFirst(t *testing.T) {
	down := errors.New("the database is gone")
	good := func(context.Context, runtime.Credentials) (runtime.Principal, error) {
		return runtime.Principal{Name: "good"}, nil
	}
	bad := func(context.Context, runtime.Credentials) (runtime.Principal, error) {
		return runtime.Principal{}, runtime.BadCredentials
	}
	broken := func(context.Context, runtime.Credentials) (runtime.Principal, error) {
		return runtime.Principal{}, down
	}
	for _, tt := range []struct {
		all       []runtime.Auth
		principal string
		err       error
	}{
		{nil, "", runtime.BadCredentials},
		{[]runtime.Auth{bad, good, broken}, "good", nil},
		{[]runtime.Auth{bad, broken, good}, "", down},
		{[]runtime.Auth{bad, bad}, "", runtime.BadCredentials},
	} {
		if p, err := auth.First(tt.all...)(t.Context(), runtime.Credentials{Token: "x"}); p.Name != tt.principal || !errors.Is(err, tt.err) {
			t.Errorf("First of %d = %q, %v, want %q, %v", len(tt.all), p, err, tt.principal, tt.err)
		}
	}
}

// Callers show a certificate or send a token.
func ExampleCertificate() {
	var authorities *x509.CertPool // the authorities that sign the callers' certificates
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return
	}
	srv := &runtime.Server{
		Wire:    tpp.Wire{},
		Handler: whoami(),
		Auth:    auth.First(auth.Certificate(nil), auth.Plain(map[string]string{"ci": "s3cret"})),
	}
	config := &tls.Config{ClientCAs: authorities, ClientAuth: tls.VerifyClientCertIfGiven} // and Certificates
	srv.Serve(context.Background(), tls.NewListener(l, config))
}
