// Package certfile keeps the certificate of a server, or of a client, that somebody
// replaces in its files while the program runs:
//
//	pair := &certfile.Pair{Cert: "tls.crt", Key: "tls.key", Log: log}
//	if err := pair.Reload(); err != nil {
//		return err
//	}
//	listener, err := tls.Listen("tcp", ":7777", &tls.Config{GetCertificate: pair.GetCertificate})
//
// New connections get the new certificate; those that are there keep theirs.
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

// A Pair is a certificate and its key, in two PEM files. They are read when they
// are first needed, and again every now and then. As long as what they hold isn't
// usable, such as between the writing of one and of the other, the certificate
// from before stays. Its fields don't change once it is used.
type Pair struct {
	// Cert is the file with the certificate, and those between it and the
	// authority's.
	Cert string

	// Key is the file with the key. If "", Cert holds that as well.
	Key string

	// Every is how long a look at the files is good for: only a connection that is
	// made later has them read again. If zero, it is 10 s; if negative, only
	// Reload reads them.
	Every time.Duration

	// Log gets a line for each new certificate, and for files that aren't usable.
	// If nil, there is none; in any case the key isn't part of it.
	Log *slog.Logger

	current atomic.Pointer[tls.Certificate] // nil until the files were usable once
	next    atomic.Int64                    // when to look again, in ns since epoch

	mu        sync.Mutex // held by who looks
	cert, key []byte     // what was last found in the files; nil if they couldn't be read
	err       error      // why that isn't usable; nil if it is
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

// GetCertificate is for the field of a server's tls.Config.
func (p *Pair) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.get() }

// GetClientCertificate is for the field of a client's tls.Config.
func (p *Pair) GetClientCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return p.get()
}

// get returns the current certificate. When it's time to look at the files, one
// caller does, and the others go on with what there is.
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

// Reload reads the files now, whenever they were read before: for the start of a
// program, when a bad file should be an error, and for a signal. After an error
// the certificate from before stays.
func (p *Pair) Reload() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.look()
}

// look reads the files and uses what they hold; p.mu is held. What is in them
// tells whether they have changed: times of modification are too coarse, and
// copied along by some.
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

// unusable remembers why what was found isn't usable. It's logged once.
func (p *Pair) unusable(cert, key []byte, err error) error {
	if p.err == nil || p.err.Error() != err.Error() {
		p.log().Error("certificate not usable, keeping the one from before", "file", p.Cert, "err", err)
	}
	p.cert, p.key, p.err = cert, key, err
	return err
}
