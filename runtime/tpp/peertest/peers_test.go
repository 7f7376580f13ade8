package peertest

import (
	"strings"
	"testing"
)

// The Python peers talk to each other, plainly and over TLS: what's tested is that they are
// set up well.
func TestPeers(t *testing.T) {
	cert := NewCertificate(t)
	for _, test := range []struct {
		name           string
		server, client Settings
		raised         string
	}{
		{"plain", Settings{}, Settings{}, ""},
		{"TLS", Settings{CertFile: cert.CertFile, KeyFile: cert.KeyFile}, Settings{TLS: true, CAFile: cert.CAFile}, ""},
		{"TLS unchecked", Settings{CertFile: cert.CertFile, KeyFile: cert.KeyFile}, Settings{TLS: true, SkipVerify: true}, ""},
		{"TLS untrusted", Settings{CertFile: cert.CertFile, KeyFile: cert.KeyFile}, Settings{TLS: true}, "SSLCertVerificationError"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.server.Token, test.client.Token = "s3cret", "s3cret"
			client := Connect(t, CoreClient, Serve(t, CoreServer, test.server), test.client)
			o := client.Do(Request{As: "result", Request: map[string]any{
				"token": "s3cret", "action": "keyed", "body": map[string]any{"a": 1},
			}})
			if o.Raised != test.raised || test.raised == "" && string(o.Returned) != `{"a": 1}` {
				t.Errorf("keyed = %s, %s: %s", o.Returned, o.Raised, o.Message)
			}
		})
	}
}

func TestPeers_secrets(t *testing.T) {
	const owner = "5f2b8c1e9d3a4b6c7d8e9f00"
	client := Connect(t, SecretsClient, Serve(t, SecretsServer, Settings{Token: "s3cret"}), Settings{Token: "s3cret"})
	for _, test := range []struct {
		method string
		args   map[string]any
		want   string
	}{
		{"add_or_update_secret", map[string]any{"owner": owner, "key": "k", "value": "v"}, `"ok"`},
		{"add_or_update_secret", map[string]any{"owner": owner, "key": "l", "value": "w"}, `"ok"`},
		{"get_secrets", map[string]any{"owners": []string{owner}}, `{"k": "v", "l": "w"}`},
		{"remove_secret", map[string]any{"owner": owner, "key": "k"}, `"ok"`},
		{"get_secrets", map[string]any{"owners": []string{owner}}, `{"l": "w"}`},
		{"remove_all", map[string]any{"owner": owner}, `"ok"`},
		{"get_secrets", map[string]any{"owners": []string{owner}}, `{}`},
	} {
		if o := client.Do(Method{test.method, test.args}); string(o.Returned) != test.want {
			t.Errorf("%s = %s, %s: %s; want %s", test.method, o.Returned, o.Raised, o.Message, test.want)
		}
	}
}

func TestPeers_slave(t *testing.T) {
	r := NewRepository(t, greetings)
	client := Connect(t, BuildClient, Serve(t, Slave, Settings{Token: "s3cret", Dir: t.TempDir()}), Settings{Token: "s3cret"})
	o := client.Do(Method{"build", map[string]any{
		"repo_id": "repo", "repo_url": r.URL, "branch": r.Branch, "vcs_type": "git", "named_tree": r.Commit,
		"builder_name": "greet", "envvars": map[string]string{"WHO": "world"}, "timeout": 60,
	}})
	for _, want := range []string{`"output": "hello world"`, `"status": "success"`, `"total_steps": 1`} {
		if !strings.Contains(string(o.Returned), want) {
			t.Errorf("build = %s, %s: %s; want %s in it", o.Returned, o.Raised, o.Message, want)
		}
	}
}

const greetings = `
builders:
  - name: greet
    branch: main
    steps:
      - name: say hello
        command: echo hello $WHO
`
