package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
)

// jsonReader turns the tokens of encoding/json into nodes with positions.
type jsonReader struct {
	file     *File
	data     []byte
	dec      *json.Decoder
	problems *gen.Problems
	tree     tree

	line, lineStart, at int // line of the offset at
}

func (r *jsonReader) read() *Node {
	r.dec = json.NewDecoder(bytes.NewReader(r.data))
	r.dec.UseNumber()
	r.line = 1
	n, err := r.value(1)
	at := r.next()
	if err == nil {
		if _, more := r.dec.Token(); more != io.EOF {
			err = errors.New("more text behind the document")
		}
	}
	if err != nil {
		var syntax *json.SyntaxError
		var big tooBigError
		switch {
		case errors.As(err, &big):
			r.problems.Add(r.node(Null, big.at).Pos(), "%v", err)
			return nil
		case errors.As(err, &syntax):
			// A Decoder counts from the end of the token before; this doesn't.
			if errors.As(json.Unmarshal(r.data, new(json.RawMessage)), &syntax) {
				err = syntax
			}
			at = int(syntax.Offset) - 1
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			at, err = len(r.data), errors.New("the document ends too early")
		}
		message := "not JSON: " + err.Error()
		if where, why := explainJSON(r.data, max(at, 0)); why != "" {
			at, message = where, why
		}
		r.problems.Add(r.node(Null, max(at, 0)).Pos(), "%s", message)
		return nil
	}
	return n
}

// A tooBigError says at which offset a document gets too big.
type tooBigError struct {
	at  int
	why string
}

func (e tooBigError) Error() string { return e.why }

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

func (r *jsonReader) value(depth int) (*Node, error) {
	at := r.next()
	if !r.tree.grow(depth) {
		return nil, tooBigError{at, r.tree.tooBig}
	}
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
			return r.array(r.node(Array, at), depth+1)
		}
		return r.object(r.node(Object, at), depth+1)
	}
	return r.node(Null, at), nil
}

func (r *jsonReader) array(n *Node, depth int) (*Node, error) {
	for r.dec.More() {
		item, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
	}
	_, err := r.dec.Token()
	return n, err
}

func (r *jsonReader) object(n *Node, depth int) (*Node, error) {
	seen := map[string]bool{}
	for r.dec.More() {
		key, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		if seen[key.Text] {
			r.problems.Add(key.Pos(), "key %q stands here twice: remove one", key.Text)
		}
		seen[key.Text] = true
		value, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		n.Members = append(n.Members, Member{key.Text, *key, value})
	}
	_, err := r.dec.Token()
	return n, err
}
