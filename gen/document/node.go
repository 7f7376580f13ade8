package document

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
)

// A Node is a JSON value as it stands in a file: with its position, and with
// the members of objects in their order. YAML files give the same nodes as
// JSON files with the same content. A tree serves one goroutine at a time.
type Node struct {
	Kind    Kind
	File    *File
	Line    int      // from 1
	Col     int      // from 1, in bytes
	Text    string   // of a string: its value; of a number: as written, in JSON's form; else ""
	Bool    bool     // of a boolean
	Members []Member // of an object
	Items   []*Node  // of an array

	index map[string]int // of Members by name, once there are many and one was asked for
}

// A Member is one member of an object.
type Member struct {
	Name  string
	Key   Node // where the name stands: a String
	Value *Node
}

// Kind is the JSON type of a Node.
type Kind int

const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String returns the type as JSON Schema names it.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// One returns what one value of the type is, such as "an array".
func (k Kind) One() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// Pos returns where n stands.
func (n *Node) Pos() model.Pos {
	return model.Pos{File: n.File.Name, Line: n.Line, Col: n.Col}
}

// Member returns the value of the member called name, or nil if n is nil, isn't
// an object, or has no such member.
func (n *Node) Member(name string) *Node {
	if m := n.member(name); m != nil {
		return m.Value
	}
	return nil
}

// few is how many members are looked through one by one.
const few = 16

func (n *Node) member(name string) *Member {
	switch {
	case n == nil:
		return nil
	case len(n.Members) <= few:
		for i := range n.Members {
			if n.Members[i].Name == name {
				return &n.Members[i]
			}
		}
		return nil
	case n.index == nil:
		n.index = make(map[string]int, len(n.Members))
		for i := range n.Members {
			n.index[n.Members[i].Name] = i
		}
	}
	if i, ok := n.index[name]; ok {
		return &n.Members[i]
	}
	return nil
}

// Key returns the node of the name of that member, for the position of a
// problem with the name itself; it is n if there is no such member.
func (n *Node) Key(name string) *Node {
	if m := n.member(name); m != nil {
		return &m.Key
	}
	return n
}

// Str returns the text of a string, and whether n is one. A nil n isn't.
func (n *Node) Str() (string, bool) {
	if n == nil || n.Kind != String {
		return "", false
	}
	return n.Text, true
}

// True reports whether n is the boolean true. A nil n isn't.
func (n *Node) True() bool {
	return n != nil && n.Kind == Bool && n.Bool
}

// JSON returns n as compact JSON, members in their order.
func (n *Node) JSON() string {
	return string(n.appendJSON(nil, false))
}

// Canonical returns n as compact JSON with sorted members, so that equal
// documents in a different order give the same text.
func (n *Node) Canonical() string {
	return string(n.appendJSON(nil, true))
}

func (n *Node) appendJSON(b []byte, sorted bool) []byte {
	switch n.Kind {
	case Null:
		return append(b, "null"...)
	case Bool:
		return strconv.AppendBool(b, n.Bool)
	case Number:
		return append(b, n.Text...)
	case String:
		return appendString(b, n.Text)
	case Array:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendJSON(b, sorted)
		}
		return append(b, ']')
	}
	members := n.Members
	if sorted {
		members = slices.Clone(members)
		slices.SortFunc(members, func(x, y Member) int {
			switch {
			case x.Name < y.Name:
				return -1
			case x.Name > y.Name:
				return 1
			}
			return 0
		})
	}
	b = append(b, '{')
	for i := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, members[i].Name)
		b = append(b, ':')
		b = members[i].Value.appendJSON(b, sorted)
	}
	return append(b, '}')
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) < 0 {
		return append(append(append(b, '"'), s...), '"')
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.Encode(s) // a string always encodes
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...)
}

// IsSchema reports whether n has the form of a schema: an object or a boolean. A
// nil n doesn't.
func (n *Node) IsSchema() bool { return n != nil && (n.Kind == Object || n.Kind == Bool) }

// Size returns how many values n holds, itself included; 0 for nil.
func (n *Node) Size() int {
	if n == nil {
		return 0
	}
	size := 1
	for i := range n.Members {
		size += n.Members[i].Value.Size()
	}
	for _, item := range n.Items {
		size += item.Size()
	}
	return size
}
