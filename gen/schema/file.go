package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/model"
)

// A File is one document of a contract.
type File struct {
	Name string // as the user named it, for messages
	URI  string // by which references find it
	Root *Node

	published bool // it's a metaschema of a draft
}

// maxFileNodes bounds what the aliases of a YAML file may unfold to.
const maxFileNodes = 5_000_000

// parseFile reads the document data. A name that ends in .yaml or .yml is
// YAML, any other JSON.
func parseFile(name string, data []byte) (*File, gen.Problems) {
	f := &File{Name: name}
	var probs gen.Problems
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if unreadable(f, data, &probs) {
		return f, probs
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		r := yamlReader{file: f, problems: &probs}
		f.Root = r.read(data)
	default:
		r := jsonReader{file: f, data: data, problems: &probs}
		f.Root = r.read()
	}
	return f, probs
}

// unreadable notes why data is no text to read, if so.
func unreadable(f *File, data []byte, problems *gen.Problems) bool {
	at := model.Pos{File: f.Name, Line: 1, Col: 1}
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		problems.Add(at, "the file is empty")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")), bytes.IndexByte(data[:min(2, len(data))], 0) >= 0:
		problems.Add(at, "the file is in UTF-16: save it as UTF-8")
	case !utf8.Valid(data):
		i := 0
		for r, size := utf8.DecodeRune(data); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRune(data[i:]) {
			i += size
		}
		at.Line += bytes.Count(data[:i], []byte("\n"))
		at.Col = i - bytes.LastIndexByte(data[:i], '\n')
		problems.Add(at, "the file isn't in UTF-8: save it as UTF-8")
	default:
		return false
	}
	return true
}

// jsonReader turns the tokens of encoding/json into nodes with positions.
type jsonReader struct {
	file     *File
	data     []byte
	dec      *json.Decoder
	problems *gen.Problems

	line, lineStart, at int // line of the offset at
}

func (r *jsonReader) read() *Node {
	r.dec = json.NewDecoder(bytes.NewReader(r.data))
	r.dec.UseNumber()
	r.line = 1
	n, err := r.value()
	at := r.next()
	if err == nil {
		if _, more := r.dec.Token(); more != io.EOF {
			err = errors.New("more text behind the document")
		}
	}
	if err != nil {
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax):
			// A Decoder counts from the end of the token before; this doesn't.
			if errors.As(json.Unmarshal(r.data, new(json.RawMessage)), &syntax) {
				err = syntax
			}
			at = int(syntax.Offset) - 1
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			at, err = len(r.data), errors.New("the document ends too early")
		}
		r.problems.Add(r.node(Null, max(at, 0)).Pos(), "not JSON: %v", err)
		return nil
	}
	return n
}

// next returns the offset of the token that will be read next.
func (r *jsonReader) next() int {
	at := int(r.dec.InputOffset())
	for at < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[at]) >= 0 {
		at++
	}
	return at
}

// node makes a node that stands at an offset.
func (r *jsonReader) node(k Kind, at int) *Node {
	at = min(at, len(r.data))
	if at < r.at {
		r.line, r.lineStart, r.at = 1, 0, 0
	}
	for ; r.at < at; r.at++ {
		if r.data[r.at] == '\n' {
			r.line++
			r.lineStart = r.at + 1
		}
	}
	return &Node{Kind: k, File: r.file, Line: r.line, Col: at - r.lineStart + 1}
}

func (r *jsonReader) value() (*Node, error) {
	at := r.next()
	tok, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok := tok.(type) {
	case bool:
		n := r.node(Bool, at)
		n.Bool = tok
		return n, nil
	case json.Number:
		n := r.node(Number, at)
		n.Text = tok.String()
		return n, nil
	case string:
		n := r.node(String, at)
		n.Text = tok
		return n, nil
	case json.Delim:
		if tok == '[' {
			return r.array(r.node(Array, at))
		}
		return r.object(r.node(Object, at))
	}
	return r.node(Null, at), nil
}

func (r *jsonReader) array(n *Node) (*Node, error) {
	for r.dec.More() {
		item, err := r.value()
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
	}
	_, err := r.dec.Token()
	return n, err
}

func (r *jsonReader) object(n *Node) (*Node, error) {
	seen := map[string]bool{}
	for r.dec.More() {
		key, err := r.value()
		if err != nil {
			return nil, err
		}
		if seen[key.Text] {
			r.problems.Add(key.Pos(), "key %q stands here twice: remove one", key.Text)
		}
		seen[key.Text] = true
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		n.Members = append(n.Members, Member{key.Text, *key, value})
	}
	_, err := r.dec.Token()
	return n, err
}

// yamlReader turns the nodes of the YAML library into ours.
type yamlReader struct {
	file     *File
	problems *gen.Problems
	count    int
}

func (r *yamlReader) read(data []byte) *Node {
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		n := &Node{File: r.file, Line: 1, Col: 1}
		if blank := yaml.Unmarshal(data, &doc); blank == nil && doc.Kind == 0 {
			r.problems.Add(n.Pos(), "the file is empty: it has only comments")
			return nil
		}
		var le *yaml.LoadError
		if errors.As(err, &le) && le.Mark.Line > 0 {
			n.Line, n.Col = le.Mark.Line, le.Mark.Column
			err = errors.New(le.Message)
			if tabbed(data, n.Line) {
				err = errors.New("a tab can't indent a line: use spaces")
			}
		}
		r.problems.Add(n.Pos(), "not YAML: %v", err)
		return nil
	}
	y := &doc
	for y.Kind == yaml.DocumentNode && len(y.Content) > 0 {
		y = y.Content[0]
	}
	return r.value(y, nil)
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
func (r *yamlReader) value(y *yaml.Node, via []*yaml.Node) *Node {
	n := &Node{File: r.file, Line: max(y.Line, 1), Col: max(y.Column, 1)}
	if r.count++; r.count > maxFileNodes {
		if r.count == maxFileNodes+1 {
			r.problems.Add(n.Pos(), "the aliases of this file unfold to more than %d values: use $ref", maxFileNodes)
		}
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		for _, v := range via {
			if v == y.Alias {
				r.problems.Add(n.Pos(), "alias *%s contains itself: use $ref", y.Value)
				return n
			}
		}
		return r.value(y.Alias, append(via[:len(via):len(via)], y.Alias))
	case yaml.SequenceNode:
		n.Kind = Array
		for _, item := range y.Content {
			n.Items = append(n.Items, r.value(item, via))
		}
	case yaml.MappingNode:
		n.Kind = Object
		r.members(n, y, via)
	default:
		r.scalar(n, y)
	}
	return n
}

func (r *yamlReader) members(n *Node, y *yaml.Node, via []*yaml.Node) {
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
		n.Members = append(n.Members, Member{k.Value, key, r.value(y.Content[i+1], via)})
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

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.Encode(s) // a string always encodes
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...)
}
