package load

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/golang"
	"github.com/tpp-rpc/tpp/gen/model"
)

// TestContract_hostile reads files that are small, or that unfold to much. Each is
// refused in one line, and soon: a step of reading that went through all of what they
// say would take longer than any test runs.
func TestContract_hostile(t *testing.T) {
	chain := func(n int, link, last string) string {
		var b strings.Builder
		b.WriteString(`{"$ref":"#/$defs/d0","$defs":{`)
		for i := range n {
			fmt.Fprintf(&b, `"d%d":%s,`, i, strings.ReplaceAll(link, "NEXT", fmt.Sprintf(`{"$ref":"#/$defs/d%d"}`, i+1)))
		}
		fmt.Fprintf(&b, `"d%d":%s}}`, n, last)
		return b.String()
	}
	for name, c := range map[string]struct{ file, text, want string }{
		"deep JSON":     {"a.json", strings.Repeat(`{"not":`, 20_000) + "{}" + strings.Repeat("}", 20_000), "1:3495: nested deeper than 500 levels"},
		"deep lists":    {"a.json", strings.Repeat(`[`, 200_000), "1:501: nested deeper than 500 levels"},
		"deep flow":     {"a.yaml", strings.Repeat(`{not: `, 3_000) + "{}" + strings.Repeat("}", 3_000), "1:3001: nested deeper than 500 levels"},
		"deep aliases":  {"a.yaml", deepAliases(1_000), "the aliases up to this one unfold to more than 100000 values: use $ref"},
		"many values":   {"a.json", "[" + strings.Repeat("0,", 1<<20) + "0]", "1:400000: more than 200000 values in one file"},
		"long chain":    {"a.json", chain(3_000, "NEXT", "true"), "this schema leads through more than 500 others for the same value"},
		"ways that fan": {"a.json", chain(60, `{"allOf":[NEXT,NEXT]}`, `{"properties":{"a":{"type":"string"}}}`), "this schema leads on more than 100000 ways to others for the same value"},
		"ways to items": {"a.json", chain(60, `{"anyOf":[{"items":NEXT},{"items":NEXT}]}`, `{"type":"string"}`), ""},
		"ways to names": {"a.json", chain(60, `{"properties":{"a":NEXT,"b":NEXT}}`, `{"type":"string"}`), ""},
		"many names":    {"a.json", chain(300, `{"type":"object","properties":{"a":NEXT}}`, `{"type":"string"}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(file, []byte(c.text), 0o666); err != nil {
				t.Fatal(err)
			}
			m, err := Contract(file, Options{Types: true})
			switch {
			case c.want == "" && err == nil:
				_, err = golang.Emit(m, golang.Options{Package: "a"})
				fallthrough
			case c.want == "":
				if err != nil {
					t.Errorf("%.300v", err)
				}
			case err == nil || !strings.Contains(err.Error(), c.want):
				t.Errorf("%.300v, want %s", err, c.want)
			}
		})
	}
}

// A contract is smaller than a plain schema may be, so that checking it stays
// quick; and so is the work for each of its unions.
func TestContract_large(t *testing.T) {
	contract := func(request string) string {
		return `{"tpp":"1","service":"s","actions":{"a":{"request":` + request + `,"response":{"const":"ok"}}}}`
	}
	names := strings.Repeat(`"n",`, maxContract) + `"n"`
	branch := `{"title":"B%d","type":"object","required":["k"],"properties":{"k":{"const":%[1]d}}}`
	var branches []string
	for i := range 1000 {
		branches = append(branches, fmt.Sprintf(branch, i))
	}
	for name, c := range map[string]struct{ text, want string }{
		"values":   {contract(`{"required":[` + names + `]}`), "1:1: the contract holds 25010 values, more than 25000: move schemas to other files, and refer to them"},
		"branches": {contract(`{"oneOf":[` + strings.Join(branches, ",") + `]}`), ""},
	} {
		file := filepath.Join(t.TempDir(), "s.json")
		if err := os.WriteFile(file, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		judged, own := 0, map[string]*model.Schema{} // a document is first judged by its own schema
		_, err := Contract(file, Options{Validator: func(s *model.Schema, doc string) error {
			judged++
			if own[doc] == nil {
				own[doc] = s
			}
			if own[doc] != s {
				return errors.New("it doesn't fit")
			}
			return nil
		}})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)) {
			t.Errorf("%s: %.300v, want %s", name, err, c.want)
		}
		if most := 2 * mostBranches * mostBranches; judged > most {
			t.Errorf("%s: %d values were judged, want at most %d", name, judged, most)
		}
	}
}

// deepAliases returns lists that hold the one before each.
func deepAliases(n int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 []\n")
	for i := range n {
		fmt.Fprintf(&b, "a%d: &a%[1]d [*a%d]\n", i+1, i)
	}
	return b.String()
}

// TestContract_endless has definitions that refer to nothing but themselves.
func TestContract_endless(t *testing.T) {
	const want = "this schema refers to itself without end: no value could be judged by it"
	for schema, problem := range map[string]string{
		`{"type":"object","$defs":{"A":{"$ref":"#/$defs/A"}}}`:                                                                 "",
		`{"type":"object","$defs":{"A":{"$ref":"#/$defs/B"},"B":{"allOf":[{"$ref":"#/$defs/A"}]}}}`:                            "",
		`{"properties":{"a":{"$ref":"#/$defs/C"}},"$defs":{"A":{"not":{"$ref":"#/$defs/A"}},"C":{"type":"string"}}}`:           "",
		`{"properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"$ref":"#/$defs/A"}}}`:                                         want,
		`{"properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"$ref":"#/$defs/B"},"B":{"anyOf":[{"$ref":"#/$defs/A"},{}]}}}`: want,
		`{"$defs":{"A":{"$ref":"#/$defs/A"},"B":{"items":{"$ref":"#/$defs/A"}}}}`:                                              want,
		`{"$ref":"#"}`: want,
		`{"$ref":"#/$defs/A","$defs":{"A":{"properties":{"a":{"$ref":"#/$defs/A"}}}}}`: "",
	} {
		file := filepath.Join(t.TempDir(), "a.json")
		if err := os.WriteFile(file, []byte(schema), 0o666); err != nil {
			t.Fatal(err)
		}
		m, err := Contract(file, Options{Types: true})
		if problem == "" && err == nil {
			_, err = golang.Emit(m, golang.Options{Package: "a"})
		}
		if problem == "" && err != nil || problem != "" && (err == nil || !strings.HasSuffix(err.Error(), problem) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: %v, want %s", schema, err, problem)
		}
	}
}
