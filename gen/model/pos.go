package model

import (
	"cmp"
	"fmt"
)

// A Pos is where something stands in a file of a contract. The zero Pos stands
// for nowhere: a model that wasn't read from a file has no other.
type Pos struct {
	File string // as the user named it
	Line int    // from 1; 0 means the file as a whole
	Col  int    // from 1, in bytes
}

// String returns the position as compilers write it, such as order.yaml:12:5. It
// is the name of the file alone for the file as a whole, and empty for nowhere.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Compare orders positions by file, line and column, as cmp.Compare does.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}
