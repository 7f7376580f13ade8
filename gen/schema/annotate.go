package schema

import (
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
)

// annotate gives t what the author wrote about s for readers and for targets.
func (l *lowerer) annotate(t *model.Type, s *model.Schema) {
	t.Pos = s.Pos
	n := l.nodes[s]
	if n == nil || n.Kind != Object {
		return
	}
	t.Doc = doc(n)
	t.Deprecated = deprecated(n)
	t.Secret = secret(n)
	t.Names = goNames(n, "x-go-name")
	t.Import = importOf(n)
}

// doc returns the description of n, or its title if it has none.
func doc(n *Node) string {
	text, _ := n.Member("description").Str()
	if text == "" {
		text, _ = n.Member("title").Str()
	}
	return strings.TrimSpace(text)
}

// deprecated returns why n is deprecated, or "" if it isn't.
func deprecated(n *Node) string {
	d := n.Member("deprecated")
	if reason, ok := d.Str(); ok {
		return reason
	}
	if d.True() {
		return "it may go away."
	}
	return ""
}

// secret reports whether the value must not reach a log.
func secret(n *Node) bool {
	return n.Member("x-tpp-secret").True() || n.Member("writeOnly").True()
}

// goNames returns the name that an author chose for Go, or nil.
func goNames(n *Node, keyword string) model.Names {
	if name, ok := n.Member(keyword).Str(); ok {
		return model.Names{"go": name}
	}
	return nil
}

// importOf returns the author's own type: x-go-type is either
// {import: path, name: Type} or "path.Type".
func importOf(n *Node) model.Names {
	x := n.Member("x-go-type")
	if x == nil {
		return nil
	}
	if s, ok := x.Str(); ok {
		return model.Names{"go": s}
	}
	path, _ := x.Member("import").Str()
	name, _ := x.Member("name").Str()
	return model.Names{"go": path + "." + name}
}

// jsonIndex returns the token of an array index in a JSON pointer.
func jsonIndex(i int) string { return strconv.Itoa(i) }
