// Package certfile provides a certificate for a server or a client, and reads it again
// when its files change while the program runs:
//
//	pair := &certfile.Pair{Cert: "tls.crt", Key: "tls.key", Log: log}
//	if err := pair.Reload(); err != nil {
//		return err
//	}
//	listener, err := tls.Listen("tcp", ":7777", &tls.Config{GetCertificate: pair.GetCertificate})
//
// New connections get the new certificate. Open connections keep the one that they have.
package certfile

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A Pair is a certificate and its key, in two PEM files. They are read when they are
// first needed, and again from time to time. While they aren't usable, for example when
// only one of them has been replaced, the previous certificate stays. Don't change the
// fields of a Pair after its first use. It is safe for concurrent use.
type Pair struct {
	// Cert is the file with the certificate and the intermediate certificates.
	Cert string

	// Key is the file with the key. If "", the key is in Cert.
	Key string

	// Every is how old the last look at the files may be when a connection is made.
	// If it is older, they are read again. If zero, it is 10 s; if negative, only
	// Reload reads them.
	Every time.Duration

	// Log gets a line for each new certificate, and for files that aren't usable. The
	// key is never logged. If nil, nothing is logged.
	Log *slog.Logger

	current atomic.Pointer[tls.Certificate] // nil until the files have been usable
	next    atomic.Int64                    // when to look again, in ns since the epoch

	mu        sync.Mutex // held while reading the files
	cert, key []byte     // the last content of the files; nil if they couldn't be read
	err       error      // why the content isn't usable; nil if it is
}

func (p *Pair) every() time.Duration {
	if p.Every == 0 {
		return 10 * time.Second
	}
	return p.Every
}

func (p *Pair) log() *slog.Logger {
	if p.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return p.Log
}

// GetCertificate returns the current certificate. Use it in the tls.Config of a server.
func (p *Pair) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.get() }

// GetClientCertificate returns the current certificate. Use it in the tls.Config of a
// client.
func (p *Pair) GetClientCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return p.get()
}

// get returns the current certificate. When it's time to look at the files, one caller
// does, and the others get the certificate that is there.
func (p *Pair) get() (*tls.Certificate, error) {
	c := p.current.Load()
	if c == nil {
		if err := p.Reload(); err != nil {
			return nil, err
		}
		return p.current.Load(), nil
	}
	if p.every() > 0 && time.Now().UnixNano() >= p.next.Load() && p.mu.TryLock() {
		defer p.mu.Unlock()
		p.look()
		c = p.current.Load()
	}
	return c, nil
}

// Reload reads the files now. Call it when the program starts, so that a bad file is an
// error, and on a signal. After an error the previous certificate stays.
func (p *Pair) Reload() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.look()
}

// look reads the files and uses their content; p.mu is held. It compares the content
// to find out whether it has changed: times of modification are too coarse, and some
// tools copy them.
func (p *Pair) look() error {
	p.next.Store(time.Now().Add(p.every()).UnixNano())
	cert, key, err := p.read()
	if err != nil {
		return p.unusable(nil, nil, err)
	}
	if p.cert != nil && bytes.Equal(cert, p.cert) && bytes.Equal(key, p.key) {
		return p.err
	}
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return p.unusable(cert, key, fmt.Errorf("certificate of %s: %w", p.Cert, err))
	}
	p.cert, p.key, p.err = cert, key, nil
	p.current.Store(&c)
	p.log().Info("certificate loaded", "file", p.Cert, "subject", c.Leaf.Subject.String(), "expires", c.Leaf.NotAfter)
	return nil
}

func (p *Pair) read() (cert, key []byte, err error) {
	if cert, err = os.ReadFile(p.Cert); err != nil {
		return nil, nil, err
	}
	if p.Key == "" {
		return cert, cert, nil
	}
	key, err = os.ReadFile(p.Key)
	return cert, key, err
}

// unusable records why the content isn't usable, and logs it once.
func (p *Pair) unusable(cert, key []byte, err error) error {
	if p.err == nil || p.err.Error() != err.Error() {
		p.log().Error("certificate not usable, keeping the one from before", "file", p.Cert, "err", err)
	}
	p.cert, p.key, p.err = cert, key, err
	return err
}
