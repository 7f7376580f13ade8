package schema

// This file opens the documents behind references.

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/document"
)

// open returns the document with a URI: a metaschema, a file, or what an option
// maps to one. It never asks the network.
func (f *finder) open(uri string, siblings []string) (*document.File, error) {
	if file := f.files[uri]; file != nil {
		if slices.Contains(f.options.Documents, file) {
			f.set.documents[uri] = file
		}
		return file, nil
	}
	if data := metaschema(trimFragment(uri)); data != nil {
		file, err := f.parse(uri, trimFragment(uri), data)
		f.published[file] = err == nil
		return file, err
	}
	if f.options.Sealed {
		return nil, fmt.Errorf("the contract doesn't bring %s with it", uri)
	}
	var paths []string
	if u, err := url.Parse(uri); err == nil && u.Scheme == "file" {
		paths = append(paths, f.relative(filepath.FromSlash(u.Path)))
	}
	for _, m := range f.options.Refs {
		if rest, ok := strings.CutPrefix(uri, m.Prefix); ok {
			paths = append(paths, filepath.Join(m.Dir, filepath.FromSlash(rest)))
		}
	}
	folder := ""
	for _, p := range append(paths, siblings...) {
		for _, name := range []string{p, p + ".json"} {
			info, err := os.Stat(name)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				continue
			case err != nil:
				return nil, err
			case info.IsDir():
				folder = cmp.Or(folder, name)
				continue
			case !info.Mode().IsRegular():
				return nil, fmt.Errorf("%s is no regular file", name)
			}
			data, err := document.Load(name)
			if err != nil {
				return nil, err
			}
			file, err := f.parse(uri, name, data)
			if err == nil {
				f.set.documents[uri] = file
			}
			return file, err
		}
	}
	if folder != "" {
		return nil, fmt.Errorf("%s is a directory: name a file in it", folder)
	}
	if _, name, ok := strings.Cut(uri, "/$defs/"); ok && len(paths) > 0 {
		return nil, fmt.Errorf("there is no file %s: a definition of this file is \"#/$defs/%s\"", paths[0], name)
	}
	if len(paths) > 0 {
		return nil, fmt.Errorf("there is no file %s", paths[0])
	}
	return nil, fmt.Errorf("nothing says where %s is: map it to a folder with --ref URLPREFIX=DIR", uri)
}

// relative returns an absolute path as seen from where the contract was named,
// if it was named by a relative path.
func (f *finder) relative(path string) string {
	if f.base == "" {
		return path
	}
	rel, err := filepath.Rel(f.base, path)
	if err != nil {
		return path
	}
	return filepath.Join(f.near, rel)
}

func (f *finder) parse(uri, name string, data []byte) (*document.File, error) {
	file := document.Parse(name, data, f.problems)
	if file.Root == nil {
		return nil, fmt.Errorf("%s can't be read", name)
	}
	file.URI = uri
	f.files[uri] = file
	return file, nil
}
