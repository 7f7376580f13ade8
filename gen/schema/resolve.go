package schema

// This file finds what references point to, and opens the documents behind them.

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// resolve returns the schema that a reference found in a resource points to.
func (ix *index) resolve(ref string, in *resource, from *File) (*Node, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return nil, errors.New("isn't a URI reference")
	}
	target := in.uri.ResolveReference(u)
	fragment := target.Fragment
	target.Fragment, target.RawFragment = "", ""
	r := in
	if base := *in.uri; target.String() != withoutFragment(base) {
		if r, err = ix.resource(target.String(), u, from); err != nil {
			return nil, err
		}
	}
	switch {
	case fragment == "":
		ix.add(r.root, r)
		return r.root, nil
	case fragment[0] == '/':
		return ix.pointer(fragment, r)
	}
	if n := r.anchors[fragment]; n != nil {
		return n, nil
	}
	return nil, fmt.Errorf("there is no anchor %q in %s", fragment, r.root.File.Name)
}

func withoutFragment(u url.URL) string {
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// resource returns the resource with a URI, and reads its file if need be.
func (ix *index) resource(uri string, ref *url.URL, from *File) (*resource, error) {
	if r := ix.resources[uri]; r != nil {
		return r, nil
	}
	if r := ix.resources[trimFragment(uri)]; r != nil {
		return r, nil
	}
	f, err := ix.open(uri, siblingOf(from, ref))
	if err != nil {
		return nil, err
	}
	if r := ix.resources[uri]; r != nil {
		return r, nil
	}
	ix.add(f.Root, nil)
	if r := ix.homes[f.Root]; r != nil {
		return r, nil
	}
	return nil, errors.New("there is no such schema")
}

// siblingOf returns the path of a relative reference beside the file that
// holds it. Many schemas carry an id from where nothing is to be fetched, and
// refer to the files beside them.
func siblingOf(from *File, ref *url.URL) []string {
	if from == nil || ref.IsAbs() || ref.Host != "" || ref.Path == "" || strings.HasPrefix(ref.Path, "/") {
		return nil
	}
	return []string{filepath.Join(filepath.Dir(from.Name), filepath.FromSlash(ref.Path))}
}

// open reads the document with a URI: a metaschema, a file, or what an option
// maps to one. It never asks the network.
func (ix *index) open(uri string, siblings []string) (*File, error) {
	if f := ix.files[uri]; f != nil {
		return f, nil
	}
	if data := metaschema(trimFragment(uri)); data != nil {
		f, err := ix.parse(uri, trimFragment(uri), data)
		if err == nil {
			f.published = true
		}
		return f, err
	}
	var paths []string
	if u, err := url.Parse(uri); err == nil && u.Scheme == "file" {
		paths = append(paths, ix.options.relative(filepath.FromSlash(u.Path)))
	}
	for _, m := range ix.options.Refs {
		if rest, ok := strings.CutPrefix(uri, m.Prefix); ok {
			paths = append(paths, filepath.Join(m.Dir, filepath.FromSlash(rest)))
		}
	}
	for _, p := range append(paths, siblings...) {
		for _, name := range []string{p, p + ".json"} {
			data, err := os.ReadFile(name)
			if err == nil {
				return ix.parse(uri, name, data)
			}
			if !errors.Is(err, fs.ErrNotExist) && !isDir(name) {
				return nil, err
			}
		}
	}
	if len(paths) > 0 {
		return nil, fmt.Errorf("there is no file %s", paths[0])
	}
	return nil, fmt.Errorf("nothing says where %s is: map it to a folder with --ref URLPREFIX=DIR", uri)
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func (ix *index) parse(uri, name string, data []byte) (*File, error) {
	f, probs := parseFile(name, data)
	*ix.problems = append(*ix.problems, probs...)
	if f.Root == nil {
		return nil, fmt.Errorf("%s can't be read", name)
	}
	f.URI = uri
	ix.files[uri] = f
	return f, nil
}

// pointer follows a JSON pointer from the root of a resource. What it finds
// needn't stand where schemas are looked for.
func (ix *index) pointer(fragment string, r *resource) (*Node, error) {
	n := r.root
	ix.add(n, r)
	in := r
	for _, tok := range strings.Split(fragment[1:], "/") {
		tok = strings.NewReplacer("~1", "/", "~0", "~").Replace(tok)
		next := n.Member(tok)
		if next == nil && n.Kind == Array {
			if i, err := strconv.Atoi(tok); err == nil && i >= 0 && i < len(n.Items) {
				next = n.Items[i]
			}
		}
		if next == nil {
			return nil, fmt.Errorf("there is no %s in %s", fragment, n.File.Name)
		}
		n = next
		if home := ix.homes[n]; home != nil {
			in = home
		}
	}
	if n.Kind != Object && n.Kind != Bool {
		return nil, fmt.Errorf("%s is no schema", fragment)
	}
	ix.add(n, in)
	return n, nil
}
