package validate

// Remembering is Check as it is once a document has taken many steps.
func (s *Schema) Remembering(doc []byte) error {
	e := &evaluation{steps: 1e9}
	if !e.parse(string(doc)) {
		return e.syntaxError()
	}
	if problem := e.run(s.root()); problem != nil {
		return problem
	}
	return nil
}
