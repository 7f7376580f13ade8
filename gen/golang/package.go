package golang

// This file decides the name of the package.

import (
	"go/doc"
	"go/token"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/gen/model"
)

// PackageName returns the name of the package for c: PackageWord of the
// service's name or, if there are types alone, of the source without .json,
// .schema.json and the like.
func PackageName(c *model.Contract) string {
	if c.Service != nil {
		return PackageWord(c.Service.Name)
	}
	name := strings.TrimSuffix(c.Source, path.Ext(c.Source))
	return PackageWord(strings.TrimSuffix(name, ".schema"))
}

// PackageWord returns the package name that name becomes: its letters and digits in lower
// case. Every name becomes one that a program can import. An x goes before one that doesn't
// begin with a letter, and pkg behind one that Go has another use for: a keyword, the
// predeclared names (an import would hide them), main and init, and those that the go
// command ignores or lets only some packages import.
func PackageWord(name string) string {
	word := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
	if first, _ := utf8.DecodeRuneInString(word); !unicode.IsLetter(first) {
		word = "x" + word
	}
	if token.IsKeyword(word) || doc.IsPredeclared(word) || slices.Contains(otherUses, word) {
		word += "pkg"
	}
	return word
}

var otherUses = []string{"main", "init", "documentation", "internal", "testdata", "vendor"}

// ValidPackage reports whether name can be a package's name.
func ValidPackage(name string) bool { return token.IsIdentifier(name) && name != "_" }

// serviceFile returns the name of the file with the service. The types and their
// methods have theirs in any case.
func serviceFile(s *model.Service) string {
	word := PackageWord(s.Name)
	if name := word + ".gen.go"; name == typesFile || name == codecFile || name == contractFile {
		word = "service"
	}
	return word + ".gen.go"
}

const (
	typesFile    = "types.gen.go"
	codecFile    = "codec.gen.go"
	contractFile = "contract.gen.go"
)
