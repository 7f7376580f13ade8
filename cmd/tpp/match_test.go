package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

// traceback returns what ToxicBuild's services answer for an exception: last is the end of
// the traceback.
func traceback(last string) string {
	return "Traceback (most recent call last):\n" +
		"  File \"/lib/python3.11/site-packages/toxicmaster/hole.py\", line 88, in client_connected\n" +
		"    await self.handle()\n" +
		"  File \"/lib/python3.11/site-packages/toxicmaster/hole.py\", line 180, in handle\n" +
		"    r = func(**self.data)  # KeyError: TypeError: DoesNotExist\n" +
		"        ^^^^^^^^^^^^^^^^^\n" + last + "\n"
}

// TestContracts_match matches texts that ToxicBuild's services answer, with the code 1,
// against the errors of their contracts. They are recorded, tracebacks without their
// beginning. Of the notifications service none is recorded; it answers tracebacks too.
func TestContracts_match(t *testing.T) {
	texts := []struct{ contract, text, want string }{
		{"slave", "Action cancel_build does not exist", "UnknownAction"},
		{"slave", "Something wrong with your data None", "BadData"},
		{"slave", traceback("toxicslave.exceptions.BuilderNotFound: builder zzz does not exist for /srv/toxic/builds/repo branch master"), "BuilderNotFound"},
		{"slave", traceback("toxiccore.exceptions.VCSError: VCS not found for cvs"), "CheckoutFailed"},
		{"slave", traceback("toxiccore.exceptions.ExecCmdError: fatal: repository '/srv/toxic/builds/nowhere' does not exist"), "CheckoutFailed"},
		{"slave", traceback("toxiccore.exceptions.ExecCmdError: error: pathspec 'nosuch' did not match any file(s) known to git"), "CheckoutFailed"},
		{"slave", traceback("toxiccore.exceptions.ExecCmdError: fatal: reference is not a tree: 0123456789012345678901234567890123456789"), "CheckoutFailed"},
		{"slave", traceback("toxiccore.exceptions.ExecCmdError: Cloning into 'src/r3'...\nfatal: unable to access 'http://127.0.0.1:1/x/': Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server"), "CheckoutFailed"},
		{"slave", traceback("toxiccore.exceptions.ExecCmdError: docker: Error response from daemon: no such image"), ""},
		{"slave", traceback("KeyError: 'build_uuid'"), ""},
		{"slave", traceback("FileNotFoundError: [Errno 2] No such file or directory: 'src/repo'"), ""},

		{"secrets", traceback("KeyError: 'owners'"), "BadRequest"},
		{"secrets", traceback("KeyError: 'body'"), "BadRequest"},
		{"secrets", traceback("AttributeError: 'int' object has no attribute 'encode'"), "BadRequest"},
		{"secrets", traceback("pymongo.errors.ServerSelectionTimeoutError: timed out"), ""},

		{"master", traceback("toxicmaster.exceptions.InvalidCredentials"), "InvalidCredentials"},
		{"master", traceback("toxicmaster.slave.DoesNotExist: Slave matching query does not exist."), "NotFound"},
		{"master", traceback("toxicmaster.exceptions.OwnerDoesNotExist: Owner 5f8d does not exist"), "NotFound"},
		{"master", traceback("toxicmaster.build.DoesNotExist"), "NotFound"},
		{"master", traceback("TypeError: repo_name or repo_url required"), "BadParameters"},
		{"master", traceback("TypeError: HoleHandler.repo_get() got an unexpected keyword argument 'zzz'"), "BadParameters"},
		{"master", traceback("ValueError: badly formed hexadecimal UUID string"), "BadParameters"},
		{"master", traceback("KeyError: 'event_types'"), "BadParameters"},
		{"master", traceback("AttributeError: 'NoneType' object has no attribute 'commit'"), "BadParameters"},
		{"master", traceback("ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 35821)"), ""},
		{"master", traceback("RecursionError: maximum recursion depth exceeded"), ""},
		{"master", traceback("toxicmaster.exceptions.UIFunctionNotFound: no-such"), ""},
		{"master", "No action found!", ""},

		{"notifications", traceback("KeyError: 'config'"), "BadRequest"},
		{"notifications", traceback("toxicnotifications.notifications.DoesNotExist: SlackNotification matching query does not exist."), "BadRequest"},
	}
	// These errors are matched by what a slave answers in TestContracts_matchSlave.
	known := map[string]bool{"slave RepositoryBusy": true, "slave ConfigNotFound": true, "slave BadConfig": true}
	files, err := filepath.Glob("../../schemas/toxicbuild/*.yaml")
	if err != nil || len(files) != 5 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		c, err := load.Contract(file, load.Options{})
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		for _, test := range texts {
			if test.contract != name {
				continue
			}
			if got := nameOf(c.Service, test.text); got != test.want {
				t.Errorf("%s: %q is %q, want %q", name, test.text, got, test.want)
			}
			known[name+" "+test.want] = true
		}
		for _, e := range c.Service.Errors {
			if e.Match == "" {
				continue
			}
			if got := nameOf(c.Service, e.Message); got != e.Name {
				t.Errorf("%s: %q is %q, want %q", name, e.Message, got, e.Name)
			}
			if !known[name+" "+e.Name] {
				t.Errorf("%s: no real text is known for %s", name, e.Name)
			}
		}
	}
}

// nameOf returns the name of the errors with code 1 that a text of a classic peer stands for.
// They are no more than one, or else it returns all.
func nameOf(s *model.Service, text string) string {
	var names []string
	for _, e := range s.Errors {
		if e.Code == 1 && errors.Is(&runtime.Error{Code: runtime.Failed, Message: text}, sentinel(e)) {
			names = append(names, e.Name)
		}
	}
	return strings.Join(names, ", ")
}

// TestContracts_matchSlave has a real slave fail in each way that its contract names.
func TestContracts_matchSlave(t *testing.T) {
	builder := func(lines string) string { return "builders:\n  - name: greet\n    branch: main\n" + lines }
	good := peertest.NewRepository(t, builder("    steps:\n      - name: pause\n        command: sleep 3\n"))
	addr := peertest.Serve(t, peertest.Slave, peertest.Settings{Token: "s3cret", Dir: t.TempDir()})
	type change map[string]any
	args := func(r peertest.Repository, action, repo string, c change) []string {
		body := map[string]any{"repo_id": repo, "repo_url": r.URL, "branch": r.Branch, "vcs_type": "git", "named_tree": r.Commit}
		if action == "build" {
			body["builder_name"] = "greet"
		}
		maps.Copy(body, c)
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return []string{"call", addr, action, "--token", "s3cret", "--json", "--contract", "../../schemas/toxicbuild/slave.yaml", "-d", string(data)}
	}
	expect := func(want string, args []string) {
		t.Helper()
		var stderr strings.Builder
		run(context.Background(), args, nil, io.Discard, &stderr)
		var e callError
		if err := json.Unmarshal([]byte(stderr.String()), &e); err != nil || e.Name != want {
			t.Errorf("tpp %q: %s, want %s", args, stderr.String(), want)
		}
	}
	config := func(yaml string) peertest.Repository { return peertest.NewRepository(t, yaml) }
	for i, test := range []struct {
		repo   peertest.Repository
		action string
		change change
		want   string
	}{
		{good, "list_builders", change{"repo_url": "file:///nowhere"}, "CheckoutFailed"},
		{good, "list_builders", change{"named_tree": "nosuch"}, "CheckoutFailed"},
		{good, "build", change{"named_tree": strings.Repeat("0123", 10)}, "CheckoutFailed"},
		{good, "list_builders", change{"config_filename": "nosuch.yml"}, "ConfigNotFound"},
		{good, "build", change{"builder_name": "nobody"}, "BuilderNotFound"},
		{config(""), "list_builders", nil, "BadConfig"},
		{config("builders: ["), "list_builders", nil, "BadConfig"},
		{config("a: b: c"), "build", nil, "BadConfig"},
		{config("builders:\n  - branch: main\n"), "build", nil, "BadConfig"},
		{config(builder("")), "build", nil, "BadConfig"},
		{config(builder("    steps:\n      - name: x\n")), "build", nil, "BadConfig"},
		{config(builder("    plugins:\n      - name: nosuch\n    steps: []\n")), "build", nil, "BadConfig"},
	} {
		expect(test.want, args(test.repo, test.action, "repo-"+string(rune('a'+i)), test.change))
	}

	out, in := io.Pipe()
	built := make(chan int)
	go func() {
		built <- run(context.Background(), args(good, "build", "busy", nil), nil, in, io.Discard)
	}()
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Error(err)
	}
	go io.Copy(io.Discard, lines)
	expect("RepositoryBusy", args(good, "list_builders", "busy", change{"named_tree": good.Branch}))
	if status := <-built; status != statusOK {
		t.Errorf("the build ends with status %d", status)
	}
}
