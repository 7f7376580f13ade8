package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/tpp-rpc/tpp/gen"
)

// maxUnfolded bounds the values that the aliases of a YAML file unfold to. A value
// takes kilobytes in the steps to come if it's deep in a document.
const maxUnfolded = 100_000

// yamlReader turns the nodes of the YAML library into ours.
type yamlReader struct {
	file     *File
	problems *gen.Problems

	tree     tree
	alias    *Node // the last alias that stands in no other
	unfolded int   // values that aliases led to
	big      *Node // where the document gets too big
}

func (r *yamlReader) read(data []byte) *Node {
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		n := &Node{File: r.file, Line: 1, Col: 1}
		if blank := yaml.Unmarshal(data, &doc); blank == nil && doc.Kind == 0 {
			r.problems.Add(n.Pos(), "the file is empty: it has only comments")
			return nil
		}
		if at := r.second(data); at != nil {
			r.problems.Add(at.Pos(), "a second YAML document begins here: a file holds one")
			return nil
		}
		var le *yaml.LoadError
		if errors.As(err, &le) && le.Mark.Line > 0 {
			f := explain(data, fault{le.Mark.Line, le.Mark.Column, le.Message})
			n.Line, n.Col = f.line, f.col
			r.problems.Add(n.Pos(), "%s", f.message)
			return nil
		}
		r.problems.Add(n.Pos(), "not YAML: %v", err)
		return nil
	}
	y := &doc
	for y.Kind == yaml.DocumentNode && len(y.Content) > 0 {
		y = y.Content[0]
	}
	root := r.value(y, nil, 1)
	if r.unfolded > maxUnfolded {
		r.problems.Add(r.alias.Pos(), "the aliases up to this one unfold to more than %d values: use $ref", maxUnfolded)
		return nil
	}
	if r.tree.tooBig != "" {
		r.problems.Add(r.big.Pos(), "%s", r.tree.tooBig)
		return nil
	}
	return root
}

// second returns where the second document of data begins, or nil if there is none.
func (r *yamlReader) second(data []byte) *Node {
	l, err := yaml.NewLoader(bytes.NewReader(data))
	var doc yaml.Node
	for range 2 {
		if err == nil {
			doc = yaml.Node{}
			err = l.Load(&doc)
		}
	}
	if err != nil {
		return nil
	}
	return &Node{File: r.file, Line: max(doc.Line, 1), Col: max(doc.Column, 1)}
}

// tabbed reports whether a line of data begins with blanks that a tab is among.
func tabbed(data []byte, line int) bool {
	lines := bytes.Split(data, []byte("\n"))
	if line > len(lines) {
		return false
	}
	text := lines[line-1]
	blanks := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
	return bytes.IndexByte(blanks, '\t') >= 0
}

// value turns y into a node. The aliases that lead to y are in via, since one
// that contains itself has no end.
func (r *yamlReader) value(y *yaml.Node, via []*yaml.Node, depth int) *Node {
	n := &Node{File: r.file, Line: max(y.Line, 1), Col: max(y.Column, 1)}
	if y.Kind != yaml.AliasNode && !r.tree.grow(depth) {
		if r.big == nil {
			r.big = n
		}
		return n
	}
	if len(via) > 0 && y.Kind != yaml.AliasNode {
		if r.unfolded++; r.unfolded > maxUnfolded {
			return n // read reports it
		}
	}
	switch y.Kind {
	case yaml.AliasNode:
		if len(via) == 0 && r.unfolded <= maxUnfolded {
			r.alias = n
		}
		for _, v := range via {
			if v == y.Alias {
				r.problems.Add(n.Pos(), "alias *%s contains itself: use $ref", y.Value)
				return n
			}
		}
		return r.value(y.Alias, append(via[:len(via):len(via)], y.Alias), depth)
	case yaml.SequenceNode:
		n.Kind = Array
		for _, item := range y.Content {
			n.Items = append(n.Items, r.value(item, via, depth+1))
		}
	case yaml.MappingNode:
		n.Kind = Object
		r.members(n, y, via, depth+1)
	default:
		r.scalar(n, y)
	}
	return n
}

func (r *yamlReader) members(n *Node, y *yaml.Node, via []*yaml.Node, depth int) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		k := y.Content[i]
		key := Node{Kind: String, File: r.file, Line: k.Line, Col: k.Column, Text: k.Value}
		switch {
		case k.Kind != yaml.ScalarNode:
			r.problems.Add(key.Pos(), "a key must be a string")
			continue
		case k.Tag == "!!merge":
			r.problems.Add(key.Pos(), "merge keys (<<) aren't part of the contract language: use $ref or allOf")
			continue
		case seen[k.Value]:
			r.problems.Add(key.Pos(), "key %q stands here twice: remove one", k.Value)
			continue
		}
		seen[k.Value] = true
		n.Members = append(n.Members, Member{k.Value, key, r.value(y.Content[i+1], via, depth)})
	}
}

func (r *yamlReader) scalar(n *Node, y *yaml.Node) {
	n.Text = y.Value
	switch y.ShortTag() {
	case "!!null":
		n.Kind, n.Text = Null, ""
	case "!!bool":
		n.Kind, n.Text = Bool, ""
		n.Bool = strings.EqualFold(y.Value, "true")
	case "!!int", "!!float":
		n.Kind = Number
		if !json.Valid([]byte(y.Value)) {
			text, err := jsonNumber(y)
			if err != nil {
				r.problems.Add(n.Pos(), "%v", err)
			}
			n.Text = text
		}
	default: // strings, and what YAML takes for a date
		n.Kind = String
	}
}

// jsonNumber returns a number that YAML spells in a way of its own, such as
// 0x1F, .5 or 1_000, in JSON's form.
func jsonNumber(y *yaml.Node) (string, error) {
	var i int64
	if y.ShortTag() == "!!int" && y.Decode(&i) == nil {
		return strconv.FormatInt(i, 10), nil
	}
	var f float64
	if err := y.Decode(&f); err != nil {
		return "0", fmt.Errorf("number %q: write it as JSON does", y.Value)
	}
	b, err := json.Marshal(f)
	if err != nil {
		return "0", fmt.Errorf("number %q isn't one that JSON has", y.Value)
	}
	return string(b), nil
}
