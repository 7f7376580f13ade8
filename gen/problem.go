package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
)

// A Problem is one thing that is wrong with a contract. A step of reading, an analyzer
// or an emitter reports it.
type Problem struct {
	Pos     model.Pos
	Message string // what is wrong, and what to do
}

// String returns the problem as compilers write it, such as
// order.yaml:12:5: unknown keyword "minimun".
func (p Problem) String() string {
	if p.Pos == (model.Pos{}) {
		return p.Message
	}
	return p.Pos.String() + ": " + p.Message
}

// Problems is everything that is wrong with contracts. The zero value is empty. Use
// Err to get them as an error, sorted and without repetition.
type Problems []Problem

// Add adds a problem.
func (p *Problems) Add(at model.Pos, format string, args ...any) {
	*p = append(*p, Problem{at, fmt.Sprintf(format, args...)})
}

// Err returns the problems by file, line and column, each once, as an error of
// type Problems. It returns nil if there are none, and leaves p as it is.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	list := slices.Clone(p)
	slices.SortStableFunc(list, func(x, y Problem) int { return x.Pos.Compare(y.Pos) })
	return slices.Compact(list)
}

// Error returns one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}
