// Package gen is what the generator's emitters have in common: the files they
// make. Contracts become a model in gen/load; an emitter such as gen/golang turns
// the model into files.
package gen

import "github.com/tpp-rpc/tpp/gen/model"

// A File is one generated file.
type File struct {
	Name string // without a folder, such as "slave.gen.go"
	Data []byte
}

// An Emitter makes files from a contract. It reads no clock, environment or
// disk, so the same contract gives the same bytes.
type Emitter func(c *model.Contract) ([]File, error)

// A Judge says what a schema has against a value, given as JSON text, in the
// words of the evaluator that services use. It returns nil if the value fits.
type Judge func(s *model.Schema, value string) error

// An Analyzer says what is wrong with a contract that could be read. It looks at the model
// alone. Nil means that nothing is wrong.
type Analyzer func(c *model.Contract) Problems
