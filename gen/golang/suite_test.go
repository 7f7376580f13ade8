package golang_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var suiteFolder = flag.String("official.suite", "", "the `folder` of an edition of the official test suite of JSON Schema, instead of the one in "+suiteModule)

// The module that the official test suite comes with. Later releases of
// jsonschema, which this module requires, don't hold the suite any more.
const (
	suiteModule = "github.com/santhosh-tekuri/jsonschema/v5@v5.2.0"
	suiteSum    = "h1:WCcC4vZDS1tYNxjWlwRJZQy28r8CMoggKnxNzxsVDMQ="
)

// A suite is one edition of the official test suite.
type suite struct {
	dir      string
	complete bool // a draft that it lacks fails the test
}

// suiteDrafts are the folders of the suite, and the dialects of their schemas
// without $schema.
var suiteDrafts = []struct{ folder, dialect string }{
	{"draft4", "http://json-schema.org/draft-04/schema#"},
	{"draft6", "http://json-schema.org/draft-06/schema#"},
	{"draft7", "http://json-schema.org/draft-07/schema#"},
	{"draft2019-09", "https://json-schema.org/draft/2019-09/schema"},
	{"draft2020-12", "https://json-schema.org/draft/2020-12/schema"},
}

// A group is one schema of the suite, with the cases for it.
type group struct {
	file        string // below the draft's folder, such as "optional/format/date.json"
	Description string
	Schema      json.RawMessage
	Cases       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	} `json:"tests"`
}

// openSuite returns the suite that the flag names, or the one in the module
// cache. The go command downloads the module if it isn't there yet.
func openSuite(t *testing.T) suite {
	t.Helper()
	if *suiteFolder != "" {
		return suite{dir: *suiteFolder}
	}
	var module struct{ Dir, Sum, Error string }
	out, err := exec.Command("go", "mod", "download", "-json", suiteModule).Output()
	if jsonErr := json.Unmarshal(out, &module); jsonErr != nil || module.Error != "" || module.Dir == "" {
		t.Fatalf("the official test suite isn't in the module cache: go mod download %s: %v\n%s", suiteModule, err, module.Error)
	}
	if module.Sum != suiteSum {
		t.Fatalf("%s has the checksum %s, want %s", suiteModule, module.Sum, suiteSum)
	}
	return suite{dir: filepath.Join(module.Dir, "testdata", "JSON-Schema-Test-Suite"), complete: true}
}

// groups returns the groups of one draft in the order of their files. If the suite
// lacks the draft and isn't complete, there are none.
func (s suite) groups(t *testing.T, draft string) []group {
	t.Helper()
	var list []group
	root := filepath.Join(s.dir, "tests", draft)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var groups []group
		if err := json.Unmarshal(data, &groups); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for i := range groups {
			groups[i].file = filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		}
		list = append(list, groups...)
		return nil
	})
	if err != nil && (s.complete || !errors.Is(err, fs.ErrNotExist)) {
		t.Fatal(err)
	}
	return list
}

// remotes is the folder of the documents that schemas refer to as
// http://localhost:1234/.
func (s suite) remotes() string { return filepath.Join(s.dir, "remotes") }

// assertsFormats reports whether the cases of g need formats asserted in drafts
// where they are annotations. In optional/ecmascript-regex.json, a schema is the
// document, and the metaschema says that its pattern has the format regex.
func (g group) assertsFormats() bool {
	return strings.HasPrefix(g.file, "optional/format/") || g.file == "optional/ecmascript-regex.json"
}
