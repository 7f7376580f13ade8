package main

// This file decides how a package is named.

import (
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
)

// packageName returns the name of the package for c in a folder: that of the
// Go files there that weren't generated, else the service's, else the folder's.
func packageName(c *model.Contract, dir string) (string, error) {
	if name := writtenPackage(dir); name != "" {
		return name, nil
	}
	if c.Service != nil {
		return golang.PackageName(c), nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return golang.PackageWord(filepath.Base(abs)), nil
}

// writtenPackage returns the name of the package of the Go files in dir that
// aren't generated, or "" if there are none.
func writtenPackage(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "" // the folder is made when files are written
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
