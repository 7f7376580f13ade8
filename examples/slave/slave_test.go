package main

import (
	"context"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/examples/slave/slave"
	"github.com/tpp-rpc/tpp/runtime"

	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/tpp/peertest"
)

const builders = `
builders:
  - name: unit-tests
    branch: main
    steps:
      - name: greet
        command: echo hello $WHO
      - name: count
        command: echo one
  - name: broken
    branch: main
    steps:
      - name: break
        command: exit 3
`

const uuid = "0b7c4c6e-2d0e-4a5e-9c39-6f8a1d3b5e77"

// newSlave returns a function that runs a command of this program on a real slave, with a
// repository that has builders.
func newSlave(t *testing.T) func(ctx context.Context, out io.Writer, name string, args ...string) error {
	addr := peertest.Serve(t, peertest.Slave, peertest.Settings{Token: "s3cret", Dir: t.TempDir()})
	r := peertest.NewRepository(t, builders)
	return func(ctx context.Context, out io.Writer, name string, args ...string) error {
		all := []string{"-addr", addr, "-token", "s3cret", name}
		if name == "list" || name == "build" {
			all = append(all, "-url", r.URL, "-branch", r.Branch)
		}
		return run(ctx, out, append(all, args...))
	}
}

func TestSlave(t *testing.T) {
	do := newSlave(t)
	for _, test := range []struct {
		command string
		out     string
		err     string
	}{
		{"health", "alive\n", ""},
		{"list", "unit-tests\nbroken\n", ""},
		{"build -env WHO=world -uuid " + uuid + " unit-tests", `build ` + uuid + `
started
step 0, greet: echo hello $WHO
  | hello world
step 0, greet: success
step 1, count: echo one
  | one
step 1, count: success
finished: success
`, ""},
		{"build -uuid " + uuid + " broken", `build ` + uuid + `
started
step 0, break: exit 3
step 0, break: fail
finished: fail
`, "the build ended with fail"},
		{"build -uuid " + uuid + " nothing", "build " + uuid + "\n", "nothing"},
		{"cancel " + uuid, "", "cancel_build does not exist"},
	} {
		t.Run(test.command, func(t *testing.T) {
			var out strings.Builder
			args := strings.Fields(test.command)
			err := do(t.Context(), &out, args[0], args[1:]...)
			if !sameLines(out.String(), test.out) {
				t.Errorf("it printed\n%s\nwant\n%s", &out, test.out)
			}
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
}

// sameLines reports whether a and b have the same lines in any order, since the slave decides
// when it sends the output of a step. (If a step ends with several lines at once, the slave may
// lose all but the first, so the steps here don't.)
func sameLines(a, b string) bool {
	return slices.Equal(slices.Sorted(strings.Lines(a)), slices.Sorted(strings.Lines(b)))
}

// An interrupt cancels the build.
func TestBuild_interrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	fake := &fakeSlave{interrupt: interrupt}
	mux := new(runtime.Mux)
	slave.Register(mux, fake)
	var out strings.Builder
	args := []string{"-url", "file:///repo", "-branch", "main", "-uuid", uuid, "slow"}
	err := build(ctx, slave.NewClient(mux.Serve), &out, args)
	if runtime.ReasonOf(err) != runtime.Canceled {
		t.Errorf("build: %v", err)
	}
	if fake.cancelled != uuid {
		t.Errorf("cancelled %q, want %q", fake.cancelled, uuid)
	}
}

// Output that arrives late is printed once.
func TestFollow_output(t *testing.T) {
	const step = "5d2c7a10-53a8-4bfb-8f0b-0c1c1f9a3f11"
	finished := slave.Datetime("0 11 22 01:41:47 2026 +0000")
	output := func(text string) slave.BuildItem {
		return slave.BuildItem{StepOutput: &slave.StepOutput{UUID: step, Output: text}}
	}
	items := []slave.BuildItem{
		{StepInfo: &slave.StepInfo{UUID: step, Name: "count", Cmd: "./count"}},
		output("one"),
		output(""),
		{StepInfo: &slave.StepInfo{
			UUID: step, Name: "count", Status: "success", Output: "one\r\n\ntwo", Finished: &finished,
		}},
		output("two\nthree"),
		{BuildFinished: &slave.BuildFinished{Status: new(slave.StatusSuccess)}},
	}
	var out strings.Builder
	status, err := follow(&out, func(yield func(slave.BuildItem, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	})
	const want = "step 0, count: ./count\n  | one\n  | two\nstep 0, count: success\n  | three\nfinished: success\n"
	if out.String() != want || status != slave.StatusSuccess || err != nil {
		t.Errorf("follow = %v, %v; it printed\n%s\nwant\n%s", status, err, &out, want)
	}
}

// A fakeSlave has a build that runs until its client leaves.
type fakeSlave struct {
	slave.UnimplementedSlave
	interrupt func()
	cancelled string
}

func (f *fakeSlave) Build(ctx context.Context, req *slave.BuildRequest) iter.Seq2[slave.BuildItem, error] {
	f.interrupt()
	<-ctx.Done()
	return stub.StreamError[slave.BuildItem](ctx.Err())
}

func (f *fakeSlave) CancelBuild(ctx context.Context, req *slave.CancelBuildRequest) (bool, error) {
	f.cancelled = req.BuildUUID
	return true, nil
}
