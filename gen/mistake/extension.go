package mistake

import (
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keys"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/predicate"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// extensions are the keywords that the contract language adds to JSON Schema.
var extensions = []string{"x-go-name", "x-go-type", "x-go-names", "x-tpp-secret"}

// extension looks at a keyword that begins with x-. Those of other tools may hold
// anything.
func (f *finder) extension(s *schema.Schema, m *document.Member) {
	n := m.Value
	switch m.Name {
	case "x-go-name":
		f.Exported(n, "x-go-name")
	case "x-tpp-secret":
		if !n.True() {
			f.Problems.Add(n.Pos(), "x-tpp-secret can only be true; leave it out for what may be logged")
		}
	case "x-go-names":
		if f.Object(n, "x-go-names") {
			for i := range n.Members {
				f.Exported(n.Members[i].Value, "Go name")
			}
		}
	case "x-go-type":
		f.goType(s.Node, n)
	default:
		if strings.HasPrefix(m.Name, "x-go-") || strings.HasPrefix(m.Name, "x-tpp-") {
			f.Problems.Add(m.Key.Pos(), "unknown keyword %q in a schema%s", m.Name, gen.Suggest(m.Name, slices.Sorted(slices.Values(extensions))))
		}
	}
}

// goType looks at an x-go-type of a schema: "path.Name", {import: path, name: Name}, or
// int64 or uint64 beside type: integer.
func (f *finder) goType(whole, n *document.Node) {
	if predicate.Wide(n) != model.Any {
		if s := f.graph.At(whole); s != nil && !s.Int {
			f.Problems.Add(n.Pos(), "x-go-type %s is for integers: add type: integer beside it", n.Text)
		}
		return
	}
	if text, ok := n.Str(); ok {
		dot := strings.LastIndex(text, ".")
		if dot < 1 || !keys.GoName(text[dot+1:]) || strings.ContainsAny(text, " \t\n\r\f\v\"") {
			f.Problems.Add(n.Pos(), `x-go-type %q isn't a package path, a dot and a type: write it like example.org/money.Amount`, text)
		}
		return
	}
	if n.Kind != document.Object {
		f.Problems.Add(n.Pos(), "x-go-type must be a string like example.org/money.Amount or {import: PATH, name: TYPE}, not %s", n.Kind.One())
		return
	}
	f.Keys(n, "x-go-type", "import", "name")
	if path := n.Member("import"); path == nil {
		f.Problems.Add(n.Pos(), "x-go-type has no import: add the path of the package")
	} else {
		f.NonEmpty(path, "import")
	}
	if name := n.Member("name"); name == nil {
		f.Problems.Add(n.Pos(), "x-go-type has no name: add the name of the type")
	} else {
		f.Exported(name, "name")
	}
}
