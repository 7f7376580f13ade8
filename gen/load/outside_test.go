package load

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// TestContract_outside has references that leave the folder of the contract: by their
// path, by a URL, and by a symbolic link.
func TestContract_outside(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "contracts")
	for name, text := range map[string]string{
		"secret.json": `{"const": "secret"}`, "contracts/near.json": `{"type": "string"}`, "contracts/sub/up.json": `{"$ref": "../near.json"}`,
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"inside.json": "near.json", "outside.json": "../secret.json", "device.json": os.DevNull, "folder": ".."} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	const outside = "is outside of the contract's folder: name its folder by --ref URLPREFIX=DIR"
	for ref, want := range map[string]string{
		"near.json": "", "./sub/up.json": "", "sub/../near.json": "", "inside.json": "",
		"file://" + filepath.ToSlash(folder) + "/near.json": "",
		"../secret.json":                  outside,
		"sub/../../secret.json":           outside,
		"%2e%2e/secret.json":              outside,
		"outside.json":                    outside,
		"folder/secret.json":              outside,
		"device.json":                     outside,
		"file:///dev/zero":                outside,
		"file:/etc/passwd":                outside,
		"../contracts/near.json":          "",
		"sub":                             "sub is a directory: name a file in it",
		"https://example.org/secret.json": "nothing says where https://example.org/secret.json is: map it to a folder with --ref URLPREFIX=DIR",
	} {
		name := filepath.Join(folder, "a.json")
		if err := os.WriteFile(name, []byte(`{"properties": {"a": {"$ref": "`+ref+`"}}}`), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Contract(name, Options{Types: true})
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasSuffix(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", ref, err, want)
		}
		_, err = Contract(name, Options{Types: true, Refs: []schema.Ref{{Prefix: "https://example.org/", Dir: dir}}})
		if strings.Contains(ref, "secret.json") && err != nil {
			t.Errorf("%s with --ref: %v", ref, err)
		}
	}
}

// TestContract_fileName has a name that would end a comment.
func TestContract_fileName(t *testing.T) {
	var problems gen.Problems
	file := document.Parse("a\nfunc init() {}\x1b[31m\u2028.json", []byte(`{"description": "\u001b[31ma"}`), &problems)
	c, err := read(file, Options{Types: true}, problems)
	if err != nil || c.Source != `a\nfunc init() {}\x1b[31m\u2028.json` {
		t.Fatalf("Source = %q, %v", c.Source, err)
	}
	files, err := golang.Emit(c, golang.Options{Package: "a"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if i := strings.IndexFunc(string(f.Data), func(r rune) bool { return r != '\n' && unicode.IsControl(r) && r != '\t' }); i >= 0 {
			t.Errorf("%s has %q", f.Name, f.Data[i:min(len(f.Data), i+20)])
		}
	}
}
