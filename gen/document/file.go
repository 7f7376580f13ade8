// Package document reads files into trees of nodes that know where they stand.
//
// It's the first step of reading: a file in JSON or YAML becomes a File, whose
// nodes keep the order of members and the text of numbers. What a document
// means, the next steps say.
package document

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
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
}

// Read reads the file name, whose URI is that of its absolute path. It returns an
// error if the file can't be opened, or isn't JSON or YAML; in the second case the
// error is of type gen.Problems. It adds everything else that is wrong with the file
// to problems.
func Read(name string, problems *gen.Problems) (*File, error) {
	data, err := os.ReadFile(name)
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

// Parse reads a document. A name that ends in .yaml or .yml means YAML, any
// other JSON. What is wrong with the document is added to problems; if it can't
// be read at all, the Root of the File is nil. The URI is empty.
func Parse(name string, data []byte, problems *gen.Problems) *File {
	f := &File{Name: name}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if unreadable(f, data, problems) {
		return f
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		r := yamlReader{file: f, problems: problems}
		f.Root = r.read(data)
	default:
		r := jsonReader{file: f, data: data, problems: problems}
		f.Root = r.read()
	}
	return f
}

// unreadable reports whether data is no text to read, and adds why.
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
