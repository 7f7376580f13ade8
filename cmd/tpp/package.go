// This file decides how a package is named.

package main

import (
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/tpp-rpc/tpp/gen/model"
)

// baseName returns the name that c has by itself: its service's, else its
// file's.
func baseName(c *model.Contract) string {
	if c.Service != nil {
		return packageWord(c.Service.Name)
	}
	name, _, _ := strings.Cut(c.Source, ".")
	return packageWord(name)
}

// packageName returns the name of the package of c in a folder: that of the
// files a person wrote there, or of the service, or of the folder.
func packageName(c *model.Contract, dir string) (string, error) {
	if name := writtenPackage(dir); name != "" {
		return name, nil
	}
	name := baseName(c)
	if c.Service == nil {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", err
		}
		name = packageWord(filepath.Base(abs))
	}
	if !token.IsIdentifier(name) {
		return "", usagef("%s: no package can be named %q: say --package NAME", c.Source, name)
	}
	return name, nil
}

// packageWord returns name as a package is named: in lower case, and nothing
// but letters and digits.
func packageWord(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// writtenPackage returns the name of the package of the Go files in dir that
// aren't generated, or "" if there are none.
func writtenPackage(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "" // it's made when the files are written
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".gen.go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := build.Default.MatchFile(dir, name); err != nil || !ok {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.PackageClauseOnly)
		if err == nil {
			return f.Name.Name
		}
	}
	return ""
}
