package certfile_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/tpp-rpc/tpp/runtime/certfile"
)

// A signal makes the server read the files at once.
func Example_signal() {
	pair := &certfile.Pair{Cert: "/etc/slave/tls.crt", Key: "/etc/slave/tls.key", Log: slog.Default()}
	if err := pair.Reload(); err != nil {
		slog.Error("no certificate", "err", err)
		return
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		for range hangup {
			pair.Reload() // logs errors to pair.Log
		}
	}()
	config := &tls.Config{GetCertificate: pair.GetCertificate}
	serve(context.Background(), config)
}

// serve stands for the rest of the program.
func serve(context.Context, *tls.Config) {}
