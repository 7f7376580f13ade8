package certfile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// certificate returns a certificate for name and its key, in PEM.
func certificate(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// subject returns the name in the current certificate.
func subject(t *testing.T, p *Pair) string {
	t.Helper()
	c, err := p.GetCertificate(nil)
	if err != nil {
		return "! " + err.Error()
	}
	return c.Leaf.Subject.CommonName
}

func TestPair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		var log strings.Builder
		p := &Pair{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), Log: slog.New(slog.NewTextHandler(&log, nil))}
		if err := p.Reload(); !os.IsNotExist(err) {
			t.Errorf("Reload without files: %v", err)
		}
		if got := subject(t, p); !strings.HasPrefix(got, "! open ") {
			t.Errorf("without files the certificate is for %q", got)
		}
		write(t, p.Cert, nil)
		write(t, p.Key, nil)
		if got := subject(t, p); !strings.HasPrefix(got, "! certificate of ") {
			t.Errorf("with empty files the certificate is for %q", got)
		}

		cert, key := certificate(t, "first")
		write(t, p.Cert, cert)
		write(t, p.Key, key)
		if got := subject(t, p); got != "first" {
			t.Fatalf("the certificate is for %q, want first", got)
		}

		cert, key = certificate(t, "second")
		write(t, p.Cert, cert) // its key isn't written yet
		time.Sleep(10 * time.Second)
		log.Reset()
		for range 3 {
			if got := subject(t, p); got != "first" {
				t.Errorf("while the files don't match, the certificate is for %q, want first", got)
			}
			time.Sleep(10 * time.Second)
		}
		if n := strings.Count(log.String(), "not usable"); n != 1 {
			t.Errorf("%d lines about what isn't usable, want 1:\n%s", n, log.String())
		}
		if err := p.Reload(); err == nil {
			t.Error("Reload takes files that don't match")
		}
		write(t, p.Key, key)
		if got := subject(t, p); got != "first" {
			t.Errorf("right after a look, the certificate is for %q, want first", got)
		}
		time.Sleep(10 * time.Second)
		if got := subject(t, p); got != "second" {
			t.Errorf("the certificate is for %q, want second", got)
		}

		cert, key = certificate(t, "third")
		write(t, p.Cert, cert)
		write(t, p.Key, key)
		if err := p.Reload(); err != nil {
			t.Error(err)
		}
		if got := subject(t, p); got != "third" {
			t.Errorf("after Reload, the certificate is for %q, want third", got)
		}
		os.Remove(p.Key)
		time.Sleep(10 * time.Second)
		if got := subject(t, p); got != "third" {
			t.Errorf("without its key's file, the certificate is for %q, want third", got)
		}
		if strings.Contains(log.String(), "PRIVATE") {
			t.Error("the key was logged")
		}
	})
}

// Only Reload reads the files. Here one file has certificate and key.
func TestPair_onDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Pair{Cert: filepath.Join(t.TempDir(), "both.pem"), Every: -1}
		for _, name := range []string{"first", "second"} {
			before := subject(t, p)
			cert, key := certificate(t, name)
			write(t, p.Cert, append(cert, key...))
			time.Sleep(24 * time.Hour)
			if got := subject(t, p); name == "second" && got != before {
				t.Errorf("without Reload, the certificate is for %q, want %q", got, before)
			}
			if err := p.Reload(); err != nil {
				t.Error(err)
			}
			if got := subject(t, p); got != name {
				t.Errorf("the certificate is for %q, want %q", got, name)
			}
		}
	})
}

// Connections succeed while the files change.
func TestPair_underLoad(t *testing.T) {
	dir := t.TempDir()
	p := &Pair{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), Every: time.Nanosecond}
	first, firstKey := certificate(t, "first")
	second, secondKey := certificate(t, "second")
	write(t, p.Cert, first)
	write(t, p.Key, firstKey)
	if err := p.Reload(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				c, err := p.GetClientCertificate(new(tls.CertificateRequestInfo))
				if err != nil {
					t.Error(err)
					return
				}
				public := c.PrivateKey.(*ecdsa.PrivateKey).Public().(*ecdsa.PublicKey)
				if !public.Equal(c.Leaf.PublicKey) {
					t.Error("a key without its certificate")
				}
			}
		})
	}
	for i := range 20 {
		if i%2 == 0 {
			write(t, p.Cert, second)
			write(t, p.Key, secondKey)
		} else {
			write(t, p.Key, firstKey)
			write(t, p.Cert, first)
		}
	}
	all.Wait()
}
