// Package gen has what the parts of the generator share: the files that emitters
// make, and the problems that reading a contract, emitters and analyzers report.
// Package gen/load reads contracts into models; an emitter such as gen/golang turns
// a model into files.
package gen

import "github.com/tpp-rpc/tpp/gen/model"

// A File is one generated file.
type File struct {
	Name string // without a folder, such as "slave.gen.go"
	Data []byte
}

// An Emitter makes files from a contract. It reads no clock, environment or disk, so
// the same contract gives the same bytes. If it can't emit parts of the contract, its
// error is of type Problems.
type Emitter func(c *model.Contract) ([]File, error)

// A Validator validates a value, given as JSON text, against a schema. It returns nil if
// the value is valid, else an error in the words of the evaluator that services use.
type Validator func(s *model.Schema, value string) error

// An Analyzer reports what is wrong with a contract that could be read. It looks at the
// model alone. It returns nil if nothing is wrong.
type Analyzer func(c *model.Contract) Problems
