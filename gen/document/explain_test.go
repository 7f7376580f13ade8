package document

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen"
)

// Wherever a text is cut off, and whichever line of it is missing or moved, what is wrong has a
// place inside of the text.
func TestParse_damaged(t *testing.T) {
	yaml, err := os.ReadFile("../../testdata/mistakes/warehouse.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var none gen.Problems
	json := []byte(strings.ReplaceAll(Parse("warehouse.yaml", yaml, &none).Root.JSON(), ",", ",\n"))
	for name, data := range map[string][]byte{"warehouse.yaml": yaml, "warehouse.json": json} {
		judge := func(what string, data []byte) {
			var problems gen.Problems
			Parse(name, data, &problems)
			for _, p := range problems {
				if lines := bytes.Count(data, []byte("\n")) + 1; p.Pos.Line < 1 || p.Pos.Col < 1 || p.Pos.Line > lines || p.Message == "" {
					t.Errorf("%s %s: %v", name, what, p)
				}
			}
		}
		for i := 0; i < len(data); i += 1 + i%3 {
			judge("cut off", data[:i])
			if strings.IndexByte("{}[]\"',: -", data[i]) >= 0 {
				judge("without a byte", append(bytes.Clone(data[:i]), data[i+1:]...))
			}
		}
		lines := strings.SplitAfter(string(data), "\n")
		for i := range lines {
			for _, put := range []string{"", " " + lines[i], strings.TrimPrefix(lines[i], " "), "\t" + lines[i], "---\n" + lines[i], lines[i] + lines[i]} {
				judge("with another line", []byte(strings.Join(lines[:i], "")+put+strings.Join(lines[i+1:], "")))
			}
		}
	}
}
