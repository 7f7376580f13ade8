// Command secrets is a secrets service for ToxicBuild. It replaces the Python service without
// changes in its clients, and keeps the values encrypted in one file.
//
//	secrets newkey >keys                        # once; keep it safe, away from the database
//	SECRETS_TOKEN=… secrets -keys keys
//
// README.md describes the settings and the differences.
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/tpp-rpc/tpp/examples/secrets/secrets"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "secrets:", err)
		os.Exit(1)
	}
}

// errUsage is returned when the usage has been printed.
var errUsage = errors.New("usage")

// settings are the settings of the service.
type settings struct {
	listen, db, keys, cert, key string

	// From the environment, since other users of the machine can read a command line.
	keysText, token, tokenHash string
}

func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	s := settings{
		keysText:  os.Getenv("SECRETS_KEYS"),
		token:     os.Getenv("SECRETS_TOKEN"),
		tokenHash: os.Getenv("SECRETS_TOKEN_HASH"),
	}
	flags := flag.NewFlagSet("secrets", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&s.listen, "listen", ":9745", "the `host:port` to listen at")
	flags.StringVar(&s.db, "db", "secrets.db", "the `file` that the secrets are kept in")
	flags.StringVar(&s.keys, "keys", "", "the `file` with the keys (default: what SECRETS_KEYS holds)")
	flags.StringVar(&s.cert, "cert", "", "speak TLS with the certificate in this PEM `file`")
	flags.StringVar(&s.key, "key", "", "the PEM `file` with the certificate's key")
	if flags.Parse(args) != nil {
		return errUsage
	}
	switch {
	case flags.NArg() == 0:
		return s.serve(ctx, slog.New(slog.NewTextHandler(errOut, nil)))
	case flags.NArg() == 1 && flags.Arg(0) == "newkey":
		key := make([]byte, keySize)
		rand.Read(key)
		_, err := fmt.Fprintln(out, base64.StdEncoding.EncodeToString(key))
		return err
	}
	flags.Usage()
	return errUsage
}

// serve serves until ctx ends.
func (s *settings) serve(ctx context.Context, log *slog.Logger) error {
	check, err := s.auth()
	if err != nil {
		return err
	}
	ring, err := s.keyring()
	if err != nil {
		return err
	}
	db, err := openStore(s.db, ring)
	if err != nil {
		return err
	}
	defer db.close()
	listener, err := s.listener()
	if err != nil {
		return err
	}
	log.Info("serving", "addr", listener.Addr().String())
	return newServer(db, check, log).Serve(ctx, listener)
}

func newServer(db *store, check runtime.Auth, log *slog.Logger) *runtime.Server {
	mux := new(runtime.Mux)
	mux.Use(asPythonDoes)
	secrets.Register(mux, &service{db, log})
	return &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: check, Log: log}
}

func (s *settings) auth() (runtime.Auth, error) {
	switch {
	case s.token != "" && s.tokenHash != "":
		return nil, errors.New("set SECRETS_TOKEN or SECRETS_TOKEN_HASH, not both")
	case s.token != "":
		return auth.Plain(map[string]string{"client": s.token}), nil
	case s.tokenHash != "":
		return auth.Bcrypt(map[string]string{"client": s.tokenHash}, auth.Limits{})
	}
	return nil, errors.New("set SECRETS_TOKEN to the token that clients send, or SECRETS_TOKEN_HASH to its bcrypt hash")
}

func (s *settings) keyring() (*keyring, error) {
	if s.keys == "" {
		if s.keysText == "" {
			return nil, errors.New("say -keys FILE, or set SECRETS_KEYS; secrets newkey makes a key")
		}
		return parseKeys("SECRETS_KEYS", s.keysText)
	}
	text, err := os.ReadFile(s.keys)
	if err != nil {
		return nil, err
	}
	return parseKeys(s.keys, string(text))
}

func (s *settings) listener() (net.Listener, error) {
	if s.cert == "" && s.key == "" {
		return net.Listen("tcp", s.listen)
	}
	cert, err := tls.LoadX509KeyPair(s.cert, s.key)
	if err != nil {
		return nil, fmt.Errorf("the certificate: %w", err)
	}
	return tls.Listen("tcp", s.listen, &tls.Config{Certificates: []tls.Certificate{cert}})
}
