// Package document reads files into trees of nodes that know where they stand.
//
// It's the first step of reading: a file in JSON or YAML becomes a File, whose
// nodes keep the order of members and the text of numbers. What a document
// means, the next steps say.
package document

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/model"
)

// A File is one document.
type File struct {
	Name string // as the user named it, for messages
	URI  string // where references find it
	Root *Node  // nil if it can't be read

	embedded string // the name that it would have as a file; "" if it is one
}

// Title returns the name by which types know the document: Name, or what its URI ends
// with if the document stands in another one.
func (f *File) Title() string { return cmp.Or(f.embedded, f.Name) }

// Embedded returns the value n of a file as a document of its own with the URI uri. The
// nodes are copies, which stand at the same places.
func Embedded(uri string, n *Node) *File {
	f := &File{Name: n.File.Name, URI: uri}
	if u, err := url.Parse(uri); err == nil {
		f.embedded = path.Base(u.Path)
	}
	f.Root = n.copyTo(f)
	return f
}

func (n *Node) copyTo(f *File) *Node {
	same := *n
	same.File = f
	same.Members = slices.Clone(n.Members)
	for i := range same.Members {
		m := &same.Members[i]
		m.Key.File, m.Value = f, m.Value.copyTo(f)
	}
	same.Items = slices.Clone(n.Items)
	for i, item := range same.Items {
		same.Items[i] = item.copyTo(f)
	}
	return &same
}

// Read reads the file name, whose URI is that of its absolute path. It returns an
// error if the file can't be opened, or isn't JSON or YAML; in the second case the
// error is of type gen.Problems. It adds everything else that is wrong with the file
// to problems.
func Read(name string, problems *gen.Problems) (*File, error) {
	data, err := Load(name)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	var found gen.Problems
	f := Parse(name, data, &found)
	if f.Root == nil {
		return nil, found.Err()
	}
	*problems = append(*problems, found...)
	f.URI = (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String()
	return f, nil
}

// maxSize bounds a document, in bytes.
const maxSize = 16 << 20

// Bounds on a document. Later steps need a kilobyte or more for each value, and recurse for
// each level.
const (
	maxDepth  = 500
	maxValues = 200_000
)

// A tree bounds the document that is being read.
type tree struct {
	values int
	tooBig string // what it has too much of
}

// grow notes a value at a depth. It reports whether the document is still small enough.
func (t *tree) grow(depth int) bool {
	t.values++
	switch {
	case t.tooBig != "":
	case depth > maxDepth:
		t.tooBig = fmt.Sprintf("nested deeper than %d levels", maxDepth)
	case t.values > maxValues:
		t.tooBig = fmt.Sprintf("more than %d values in one file", maxValues)
	}
	return t.tooBig == ""
}

// Load returns the text of the file name, which may be a pipe. It refuses a file
// of more than 16 MiB.
func Load(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadAll(f, name)
}

// ReadAll is Load for a file that's open.
func ReadAll(f io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSize {
		return nil, fmt.Errorf("%s is larger than %d MiB, the most that a document may have", name, maxSize>>20)
	}
	return data, nil
}

// Parse reads a document. A name that ends in .yaml or .yml means YAML, any
// other JSON. What is wrong with the document is added to problems; if it can't
// be read at all, the Root of the File is nil. The URI is empty.
func Parse(name string, data []byte, problems *gen.Problems) *File {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		return parse(name, data, problems, func(f *File, data []byte) *Node {
			r := yamlReader{file: f, problems: problems}
			return r.read(data)
		})
	}
	return ParseJSON(name, data, problems)
}

// ParseJSON is Parse for a document in JSON, whatever its name.
func ParseJSON(name string, data []byte, problems *gen.Problems) *File {
	return parse(name, data, problems, func(f *File, data []byte) *Node {
		r := jsonReader{file: f, data: data, problems: problems}
		return r.read()
	})
}

func parse(name string, data []byte, problems *gen.Problems, read func(f *File, data []byte) *Node) *File {
	f := &File{Name: name}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !unreadable(f, data, problems) {
		f.Root = read(f, data)
	}
	return f
}

// unreadable reports whether data is no text to read, and adds why.
func unreadable(f *File, data []byte, problems *gen.Problems) bool {
	at := model.Pos{File: f.Name, Line: 1, Col: 1}
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		problems.Add(at, "the file is empty")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")), len(data) > 1 && (data[0] == 0) != (data[1] == 0):
		problems.Add(at, "the file is in UTF-16: save it as UTF-8")
	case !utf8.Valid(data):
		i := 0
		for r, size := utf8.DecodeRune(data); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRune(data[i:]) {
			i += size
		}
		problems.Add(offset(at, data, i), "the file isn't in UTF-8: save it as UTF-8")
	case bytes.IndexByte(data, 0) >= 0:
		problems.Add(offset(at, data, bytes.IndexByte(data, 0)), "the file has a NUL byte here, which text has not: remove it")
	default:
		return false
	}
	return true
}

// offset returns the position i bytes behind at, where data begins.
func offset(at model.Pos, data []byte, i int) model.Pos {
	at.Line += bytes.Count(data[:i], []byte("\n"))
	at.Col = i - bytes.LastIndexByte(data[:i], '\n')
	return at
}
