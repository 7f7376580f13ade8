package gen_test

import (
	"fmt"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
)

// An emitter is a function from the model to files. This one makes a table of
// the actions of a service, with what they take; a field whose value may be, or
// hold, a secret is marked. To make it one of the command's, give it a package,
// golden sections in testdata/golden, and a row in cmd/tpp's table of emitters.
func ExampleEmitter() {
	var table gen.Emitter = func(c *model.Contract) ([]gen.File, error) {
		var b strings.Builder
		b.WriteString("| action | takes |\n|---|---|\n")
		for _, a := range c.Service.Actions {
			var fields []string
			for part := range a.Request.Parts() {
				if part.Field == nil {
					continue
				}
				field := part.Field.Name + " " + part.Type.Kind.String()
				if part.Field.Secret || model.HoldsSecret(part.Type) {
					field += " (secret)"
				}
				fields = append(fields, field)
			}
			fmt.Fprintf(&b, "| %s | %s |\n", a.Name, strings.Join(fields, ", "))
		}
		return []gen.File{{Name: "actions.md", Data: []byte(b.String())}}, nil
	}

	c, err := load.Contract("../schemas/toxicbuild/secrets.yaml", load.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	files, err := table(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", files[0].Data)
	// Output:
	// | action | takes |
	// |---|---|
	// | add-or-update-secret | owner String, key String, value String (secret) |
	// | get-secrets | owners List |
	// | remove-secret | owner String, key String |
	// | remove-all | owner String |
}

// An analyzer is a function from the model to problems. This one asks for the description
// of every action; what it says stands at the action's place in the file. To make it one
// of the command's, give it a package, contracts and messages in testdata, and a row in
// cmd/tpp's table of analyzers.
func ExampleAnalyzer() {
	var described gen.Analyzer = func(c *model.Contract) gen.Problems {
		var problems gen.Problems
		for _, a := range c.Service.Actions {
			if a.Description == "" {
				problems.Add(a.Pos, "action %q has no description: say what it does", a.Name)
			}
		}
		return problems
	}

	c, err := load.Contract("testdata/undescribed.yaml", load.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(described(c))
	// Output:
	// testdata/undescribed.yaml:7:3: action "subtract" has no description: say what it does
}
