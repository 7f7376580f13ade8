package tpp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// certificate returns a certificate for the name "server", and a pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Unix(1<<33, 0),
		DNSNames:     []string{"server"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, trusted
}

// A lateConn delays what follows its first write.
type lateConn struct {
	net.Conn
	wait  time.Duration
	wrote bool
}

func (c *lateConn) Write(p []byte) (int, error) {
	if c.wrote {
		time.Sleep(c.wait)
		c.wait = 0
	}
	c.wrote = true
	return c.Conn.Write(p)
}

// When the server stops while TLS is still shaking hands, the peer may send its call within
// lastMoment.
func TestServer_stopsDuringHandshake(t *testing.T) {
	for wait, answered := range map[time.Duration]bool{lastMoment / 2: true, 2 * lastMoment: false} {
		synctest.Test(t, func(t *testing.T) {
			cert, trusted := certificate(t)
			l := wiretest.Listen()
			s := &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: auth}
			ctx, stop := context.WithCancel(t.Context())
			began := time.Now()
			served := make(chan time.Duration, 1)
			go func() {
				if err := s.Serve(ctx, tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})); err != nil {
					t.Errorf("Serve: %v", err)
				}
				served <- time.Since(began)
			}()
			c := &runtime.Client{
				Wire:  Wire{},
				Addr:  "server:1",
				Token: "s3cret",
				TLS:   &tls.Config{RootCAs: trusted, ServerName: "server"},
				Dial: func(ctx context.Context, addr string) (net.Conn, error) {
					nc, err := l.DialContext(ctx, addr)
					return &lateConn{Conn: nc, wait: wait}, err
				},
			}
			time.AfterFunc(time.Nanosecond, stop) // when hands are being shaken
			got, err := invoke(t.Context(), c.Do, &actionBare, 21)
			if ok := got == 42 && err == nil; ok != answered {
				t.Errorf("hands were shaken for %v: %d, %v", wait, got, err)
			}
			c.Close()
			if took := <-served; took != min(wait, time.Nanosecond+lastMoment) {
				t.Errorf("it was served for %v", took)
			}
		})
	}
}

// A request that has begun to come when the server stops may take as long as any other,
// counted from when it began.
func TestServer_stopsDuringRequest(t *testing.T) {
	const first = `{"id":1,"action":"double","token":"s3cret","body":{"n":1}}`
	for _, tt := range []struct {
		send string
		took time.Duration
		want string
	}{
		{"1", 9 * time.Second, "the header took longer than 10s"},
		{"10\n{", 29 * time.Second, "no call was authenticated within 30s"},
		{framed(first) + "1", 9 * time.Second, "the header took longer than 10s"},
		{framed(first) + "10\n{", 59 * time.Second, "the request took longer than 1m0s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, runtime.Limits{}, func(s *runtime.Server) { s.Grace = time.Hour })
			c := s.dial(t)
			io.WriteString(c, tt.send)
			time.Sleep(time.Second)
			began := time.Now()
			go func() {
				if got, err := io.ReadAll(c); !strings.Contains(string(got), tt.want) {
					t.Errorf("%q: %s, %v, want %s", tt.send, got, err, tt.want)
				}
				c.Close()
			}()
			s.stop()
			err := <-s.done
			s.done <- nil
			if err != nil || time.Since(began) != tt.took {
				t.Errorf("%q: %v after %v, want %v", tt.send, err, time.Since(began), tt.took)
			}
		})
	}
}
