package load

import (
	"fmt"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/rules"
	"github.com/tpp-rpc/tpp/runtime/ecma"
	"github.com/tpp-rpc/tpp/runtime/validate"
)

// validator is the gen.Validator that the command gives to reading.
func validator(s *model.Schema, value string) error {
	text, _ := rules.Text(s)
	v, err := validate.Compile(text, ecma.Engine)
	if err != nil {
		return fmt.Errorf("rules that don't compile: %w\n%s", err, text)
	}
	return v.Check([]byte(value))
}
