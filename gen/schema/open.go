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
	var refused error
	for _, p := range append(paths, siblings...) {
		for _, name := range []string{p, p + ".json"} {
			data, err := f.load(name)
			switch {
			case err == nil:
				file, err := f.parse(uri, name, data)
				if err == nil {
					f.set.documents[uri] = file
				}
				return file, err
			case !errors.Is(err, fs.ErrNotExist):
				refused = cmp.Or(refused, err)
			}
		}
	}
	if refused != nil {
		return nil, refused
	}
	if _, name, ok := strings.Cut(uri, "/$defs/"); ok && len(paths) > 0 {
		return nil, fmt.Errorf("there is no file %s: a definition of this file is \"#/$defs/%s\"", paths[0], name)
	}
	if len(paths) > 0 {
		return nil, fmt.Errorf("there is no file %s", paths[0])
	}
	return nil, fmt.Errorf("nothing says where %s is: map it to a folder with --ref URLPREFIX=DIR", uri)
}

// load returns the text of a file that a reference leads to. It must be below the folder
// of the contract, or one that an option names, with its symbolic links resolved: what a
// contract refers to gets into generated code, and a contract may come from others.
func (f *finder) load(name string) ([]byte, error) {
	folders := []string{f.near}
	for _, m := range f.options.Refs {
		folders = append(folders, m.Dir)
	}
	err := fmt.Errorf("%s is outside of the contract's folder: name its folder by --ref URLPREFIX=DIR", name)
	for _, folder := range folders {
		inside, ok := below(folder, name)
		if !ok {
			continue
		}
		root, notOpen := os.OpenRoot(folder)
		if notOpen != nil {
			return nil, notOpen
		}
		defer root.Close()
		info, notThere := root.Stat(inside)
		var path *fs.PathError
		switch {
		case errors.Is(notThere, fs.ErrNotExist):
			err = notThere
			continue
		case errors.As(notThere, &path) && strings.Contains(path.Err.Error(), "escapes"):
			continue
		case notThere != nil:
			return nil, notThere
		case info.IsDir():
			return nil, fmt.Errorf("%s is a directory: name a file in it", name)
		case !info.Mode().IsRegular():
			return nil, fmt.Errorf("%s is no regular file", name)
		}
		file, notOpen := root.Open(inside)
		if notOpen != nil {
			return nil, notOpen
		}
		defer file.Close()
		return document.ReadAll(file, name)
	}
	return nil, err
}

// below returns the path of a file as seen from a folder, and whether it's inside of it.
func below(folder, name string) (path string, ok bool) {
	if filepath.IsAbs(folder) != filepath.IsAbs(name) {
		var err1, err2 error
		folder, err1 = filepath.Abs(folder)
		name, err2 = filepath.Abs(name)
		if err1 != nil || err2 != nil {
			return "", false
		}
	}
	path, err := filepath.Rel(folder, name)
	return path, err == nil && filepath.IsLocal(path)
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
