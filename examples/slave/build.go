package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/tpp-rpc/tpp/examples/slave/slave"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// build runs a builder and prints what it does. When ctx ends before it does, the build is
// cancelled.
func build(ctx context.Context, s slave.Slave, out io.Writer, args []string) error {
	var c checkout
	flags := c.flags("build")
	env := make(environment)
	flags.Var(env, "env", "a variable of the steps, `NAME=VALUE`; repeatable")
	uuid := flags.String("uuid", newUUID(), "the name by which the build can be cancelled")
	if flags.Parse(args) != nil || !c.complete(flags, 1) {
		return errUsage
	}

	fmt.Fprintln(out, "build", *uuid)
	status, err := follow(out, s.Build(ctx, &slave.BuildRequest{
		RepoID:      c.id(),
		RepoURL:     c.url,
		Branch:      c.branch,
		NamedTree:   c.named(),
		BuilderName: flags.Arg(0),
		BuildUUID:   codec.Some(*uuid),
		Envvars:     codec.Some(map[string]string(env)),
	}))
	if ctx.Err() != nil {
		return errors.Join(err, stop(ctx, s, *uuid))
	}
	if err != nil {
		return err
	}
	if status != slave.StatusSuccess {
		return fmt.Errorf("the build ended with %s", status)
	}
	return nil
}

// follow prints the messages of a build and returns how it ended.
func follow(out io.Writer, items iter.Seq2[slave.BuildItem, error]) (status slave.Status, err error) {
	steps := make(map[slave.UUID]*step)
	for item, err := range items {
		switch {
		case err != nil:
			return "", err
		case item.BuildStarted != nil:
			fmt.Fprintln(out, "started")
		case item.StepInfo != nil && item.StepInfo.Finished == nil:
			s := item.StepInfo
			steps[s.UUID] = new(step)
			fmt.Fprintf(out, "step %d, %s: %s\n", s.Index, s.Name, s.Cmd)
		case item.StepInfo != nil:
			s := item.StepInfo
			if known := steps[s.UUID]; known != nil {
				known.end(out, s.Output)
			}
			fmt.Fprintf(out, "step %d, %s: %s\n", s.Index, s.Name, s.Status)
		case item.StepOutput != nil:
			if known := steps[item.StepOutput.UUID]; known != nil {
				known.print(out, item.StepOutput.Output)
			}
		case item.BuildFinished != nil && item.BuildFinished.Status != nil:
			fmt.Fprintf(out, "finished: %s\n", *item.BuildFinished.Status)
			status = *item.BuildFinished.Status
		case item.BuildFinished != nil:
			return "", errors.New("the builder has no steps")
		case item.BuildRefused != nil:
			return "", errors.New("the builder is configured wrongly")
		}
	}
	if status == "" {
		return "", errors.New("the slave ended the build without a word")
	}
	return status, nil
}

// A step is one that has started. A slave sends what it prints apart from all else: pieces
// come late, even after the end of the step, and what its last message says of all the output
// may lack them. Together they have every line.
type step struct {
	arrived int // lines that came in pieces
	printed int // the most of those and of what the last message had
}

// print prints what is new in a piece of the step's output.
func (s *step) print(out io.Writer, text string) {
	for line := range lines(text) {
		s.arrived++
		s.line(out, s.arrived, line)
	}
}

// end prints what is new in all the output.
func (s *step) end(out io.Writer, text string) {
	n := 0
	for line := range lines(text) {
		n++
		s.line(out, n, line)
	}
}

// line prints the nth line of the step, unless it was.
func (s *step) line(out io.Writer, n int, line string) {
	if n > s.printed {
		fmt.Fprintln(out, "  |", line)
		s.printed = n
	}
}

// lines returns the lines of text that aren't blank, since pieces leave out blank lines.
func lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\r\n")
			if line != "" && !yield(line) {
				return
			}
		}
	}
}

// stop cancels a build whose ctx has ended. Without that, the slave would continue the build.
func stop(ctx context.Context, s slave.Slave, uuid string) error {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer done()
	if _, err := s.CancelBuild(ctx, &slave.CancelBuildRequest{BuildUUID: uuid}); err != nil {
		return fmt.Errorf("cancelling build %s: %w", uuid, err)
	}
	return nil
}

// newUUID returns a random UUID.
func newUUID() string {
	var u [16]byte
	rand.Read(u[:])
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
