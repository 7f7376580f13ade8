package validate

import "github.com/tpp-rpc/tpp/runtime/codec"

// Remembering is Check as it is in a document that rules have read often.
func (s *Schema) Remembering(doc []byte) error {
	e := &evaluation{remembers: true, doc: new(codec.Document)}
	if !e.parse(string(doc)) {
		return e.syntaxError()
	}
	if problem := e.run(s.root(), 0); problem != nil {
		return problem
	}
	return nil
}
