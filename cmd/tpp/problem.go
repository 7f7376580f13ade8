package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen"
)

// A problem is one thing that is wrong with a contract, as --json prints it.
type problem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"` // 0: the file as a whole
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

// String returns the problem as editors and compilers write it.
func (p problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// explain splits err into the problems of contracts and all other errors.
func explain(err error) (problems []problem, others []error) {
	switch e := err.(type) {
	case nil:
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			p, o := explain(err)
			problems = append(problems, p...)
			others = append(others, o...)
		}
	case gen.Problems:
		for _, p := range e {
			problems = append(problems, problem{p.Pos.File, p.Pos.Line, p.Pos.Col, p.Message})
		}
	default:
		others = append(others, err)
	}
	return problems, others
}

// tell prints err for people. Problems come first, each after its position, where
// editors look for one; other errors come after the name of the command.
func tell(w io.Writer, cmd *cobra.Command, err error) {
	problems, others := explain(err)
	for _, p := range problems {
		fmt.Fprintln(w, p)
	}
	for _, err := range others {
		var told *reportedError
		if !errors.As(err, &told) {
			fmt.Fprintf(w, "%s: %v\n", cmd.CommandPath(), err)
		}
	}
}

// reportJSON prints the problems in err as JSON, one a line, and returns what else
// is in err and hasn't been printed.
func reportJSON(w io.Writer, err error) error {
	problems, others := explain(err)
	for _, p := range problems {
		if err := printJSON(w, p); err != nil {
			return err
		}
	}
	if others == nil {
		return &reportedError{err}
	}
	return errors.Join(others...)
}

// A reportedError is an error that has been printed.
type reportedError struct{ error }

// printJSON prints v on a line of its own.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
