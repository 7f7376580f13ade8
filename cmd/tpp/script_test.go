package main

import (
	"errors"
	"flag"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what scripts compare output with")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tpp": main})
}

// TestScript runs testdata/cli: each script is a document of one command. They
// call the service of testdata/cli/shop.yaml at $ADDR, and over TLS at
// $TLS_ADDR with the certificate $CA.
func TestScript(t *testing.T) {
	s := startShop(t)
	testscript.Run(t, testscript.Params{
		Dir:                "../../testdata/cli",
		Setup:              s.setup,
		Cmds:               map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		RequireUniqueNames: true,
		UpdateScripts:      *update,
	})
}

// exits runs a command, and fails unless it ends with the given status:
//
//	exits 2 tpp nonsense
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}
