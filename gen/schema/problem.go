package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one thing that is wrong with a contract.
type Problem struct {
	File    string // as the user named it
	Line    int    // from 1; 0 if the problem is with the file as a whole
	Col     int
	Message string // what is wrong, and what to do
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Message)
}

// Problems is everything that is wrong with a contract, in the order of the
// files, lines and columns. It's the error that Load returns.
type Problems []Problem

// Error returns one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// add notes a problem at n.
func (p *Problems) add(n *Node, format string, args ...any) {
	*p = append(*p, Problem{File: n.File.Name, Line: n.Line, Col: n.Col, Message: fmt.Sprintf(format, args...)})
}

// err returns the problems in order and without repetition, or nil if there
// are none.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(x, y Problem) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Col, y.Col))
	})
	return slices.Compact(p)
}
