package predicate

import (
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/model"
)

// This file reads annotations: what a schema says to readers, tools and emitters.

// ours are the extensions that notes has fields for.
var ours = []string{"x-go-name", "x-go-names", "x-go-type", "x-tpp-secret"}

// notes returns the annotations of the schema at n.
func notes(n *document.Node) *model.Notes {
	notes := &model.Notes{
		Title:       text(n, "title"),
		Description: text(n, "description"),
		Deprecated:  deprecated(n),
		ReadOnly:    n.Member("readOnly").True(),
		WriteOnly:   n.Member("writeOnly").True(),
		Names:       goName(n.Member("x-go-name")),
		Import:      goType(n.Member("x-go-type")),
		Wide:        Wide(n.Member("x-go-type")),
	}
	notes.Secret = notes.WriteOnly || n.Member("x-tpp-secret").True()
	notes.Format, _ = n.Member("format").Str()
	if d := n.Member("default"); d != nil {
		notes.Default = d.JSON()
	}
	if e := n.Member("examples"); e != nil {
		for _, item := range e.Items {
			notes.Examples = append(notes.Examples, item.JSON())
		}
	}
	if names := n.Member("x-go-names"); names != nil {
		notes.ValueNames = map[string]model.Names{}
		for i := range names.Members {
			notes.ValueNames[names.Members[i].Name] = goName(names.Members[i].Value)
		}
	}
	for i := range n.Members {
		m := &n.Members[i]
		if strings.HasPrefix(m.Name, "x-") && !slices.Contains(ours, m.Name) {
			notes.Extensions = append(notes.Extensions, model.Extension{Name: m.Name, Pos: m.Key.Pos(), JSON: m.Value.JSON()})
		}
	}
	return notes
}

func text(n *document.Node, name string) string {
	s, _ := n.Member(name).Str()
	return strings.TrimSpace(s)
}

// deprecated returns why n is deprecated, or "" if it isn't.
func deprecated(n *document.Node) string {
	d := n.Member("deprecated")
	if reason, ok := d.Str(); ok {
		return reason
	}
	if d.True() {
		return "it may go away."
	}
	return ""
}

// goName returns the name that an author chose for Go, or nil.
func goName(n *document.Node) model.Names {
	if name, ok := n.Str(); ok {
		return model.Names{"go": name}
	}
	return nil
}

// Wide returns the kind of integer that the x-go-type at n asks for: Int for int64, Uint for
// uint64, and Any for other types, and if n is nil.
func Wide(n *document.Node) model.Kind {
	switch name, _ := n.Str(); name {
	case "int64":
		return model.Int
	case "uint64":
		return model.Uint
	}
	return model.Any
}

// goType returns the author's own type, or nil: x-go-type is either
// {import: path, name: Type} or "path.Type".
func goType(n *document.Node) model.Names {
	if n == nil {
		return nil
	}
	if Wide(n) != model.Any {
		return nil
	}
	if s, ok := n.Str(); ok {
		return model.Names{"go": s}
	}
	path, _ := n.Member("import").Str()
	name, _ := n.Member("name").Str()
	return model.Names{"go": path + "." + name}
}
