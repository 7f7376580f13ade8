package load

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestContract_notFiles refers to what is no file to read.
func TestContract_notFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("parts", 0o777); err != nil {
		t.Fatal(err)
	}
	if l, err := net.Listen("unix", "socket"); err == nil {
		defer l.Close()
	}
	for ref, want := range map[string]string{
		"./":       ". is a directory: name a file in it",
		"parts":    "parts is a directory: name a file in it",
		os.DevNull: "null is outside of the contract's folder: name its folder by --ref URLPREFIX=DIR",
		"socket":   "socket is no regular file",
	} {
		if (ref == os.DevNull || ref == "socket") && filepath.Separator != '/' {
			continue
		}
		if err := os.WriteFile("a.json", fmt.Appendf(nil, `{"$ref": %q}`, ref), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Contract("a.json", Options{Types: true})
		if begin := fmt.Sprintf("a.json:1:10: $ref %q: ", ref); err == nil || !strings.HasPrefix(err.Error(), begin) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s%s", err, begin, want)
		}
	}
}
