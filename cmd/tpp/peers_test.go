package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// tppOutput runs the command and returns what it prints.
func tppOutput(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr strings.Builder
	if status := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr); status != statusOK {
		t.Fatalf("tpp %q ended with status %d: %s", args, status, stderr.String())
	}
	return stdout.String()
}

// TestCall_slave has a real slave build a repository, and checks all that it
// says against the contract.
func TestCall_slave(t *testing.T) {
	r := peertest.NewRepository(t, `
builders:
  - name: greet
    branch: main
    steps:
      - name: say hello
        command: echo hello $WHO
`)
	addr := peertest.Serve(t, peertest.Slave, peertest.Settings{Token: "s3cret", Dir: t.TempDir()})
	request, err := json.Marshal(map[string]any{
		"repo_id": "repo", "repo_url": r.URL, "branch": r.Branch, "vcs_type": "git", "named_tree": r.Commit,
		"builder_name": "greet", "envvars": map[string]string{"WHO": "world"},
	})
	if err != nil {
		t.Fatal(err)
	}
	call := func(action string, more ...string) string {
		t.Helper()
		args := []string{"call", addr, action, "--token", "s3cret", "-d", string(request)}
		return tppOutput(t, append(args, more...)...)
	}
	contract := []string{"--contract", "../../schemas/toxicbuild/slave.yaml"}
	if got, want := call("list_builders"), `{"builders":["greet"]}`+"\n"; got != want {
		t.Errorf("list_builders = %s, want %s", got, want)
	}
	if got, want := call("list_builders", contract...), `["greet"]`+"\n"; got != want {
		t.Errorf("list_builders by contract = %s, want %s", got, want)
	}
	items := strings.Split(strings.TrimSpace(call("build", contract...)), "\n")
	last := items[len(items)-1]
	if !strings.Contains(strings.Join(items, "\n"), `"output":"hello world"`) || !strings.Contains(last, `"status":"success"`) {
		t.Errorf("build = %s", strings.Join(items, "\n"))
	}
}

// TestCall_core calls a service on toxiccore's base classes, over TLS.
func TestCall_core(t *testing.T) {
	cert := peertest.NewCertificate(t)
	addr := peertest.Serve(t, peertest.CoreServer, peertest.Settings{Token: "s3cret", CertFile: cert.CertFile, KeyFile: cert.KeyFile})
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"keyed", "-d", `"à 😀"`}, `{"keyed":"\u00e0 \ud83d\ude00"}`},
		{[]string{"raw", "-d", `"à 😀"`}, `{"raw":"à 😀"}`},
		{[]string{"bare", "-d", `[1.0,{"a":null}]`}, `[1.0,{"a":null}]`},
		{[]string{"envelope", "--envelope", "user_id=5f8d", "--envelope", "n=1"}, `{"envelope":{"user_id":"5f8d","n":1}}`},
		{[]string{"stream", "-d", `{"items":[1,"two",{"three":3}]}`}, "1\n\"two\"\n{\"three\":3}"},
	} {
		args := append([]string{"call", addr}, tt.args...)
		args = append(args, "--token", "s3cret", "--tls-ca", cert.CAFile)
		if got := tppOutput(t, args...); got != tt.want+"\n" {
			t.Errorf("tpp %q = %swant %s", tt.args, got, tt.want)
		}
	}
}
