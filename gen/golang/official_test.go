package golang_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/rules"
	"github.com/tpp-rpc/tpp/gen/schema"
	"github.com/tpp-rpc/tpp/runtime/ecma"
	"github.com/tpp-rpc/tpp/runtime/validate"
)

// TestOfficial runs the official test suite of JSON Schema: all five drafts,
// mandatory and optional cases. The evaluator and generated code judge every
// document, and generated code encodes the valid ones again without loss. No case
// is excepted.
//
// With -v it prints the numbers by draft. With -short, generated code judges one
// group of ten. To run another edition of the suite, name its folder:
//
//	go test ./gen/golang -run Official -v -official.suite ../JSON-Schema-Test-Suite
func TestOfficial(t *testing.T) {
	s := openSuite(t)
	j := newJudge(t)
	dir := t.TempDir()
	var scores []*score
	for _, draft := range suiteDrafts {
		sc := &score{draft: draft.folder}
		for i, g := range s.groups(t, draft.folder) {
			sc.groups++
			sc.cases += len(g.Cases)
			contract, err := loadGroup(t, s, dir, draft.dialect, g)
			if err != nil {
				t.Errorf("%s/%s: %s:\n%v", draft.folder, g.file, g.Description, err)
				continue
			}
			sc.evaluate(t, g, contract)
			if !testing.Short() || i%10 == 0 {
				sc.generate(t, j, g, contract)
			}
		}
		if sc.groups > 0 {
			scores = append(scores, sc)
		}
	}
	if len(scores) == 0 {
		t.Fatalf("%s holds no groups of any draft", s.dir)
	}
	j.build(t)
	t.Logf("%-12s %7s %7s %10s %10s %9s", "draft", "groups", "cases", "evaluator", "generated", "lossless")
	for _, sc := range scores {
		sc.compare(t, j)
		t.Logf("%-12s %7d %7d %10d %10d %9d", sc.draft, sc.groups, sc.cases, sc.evaluated, sc.generated, sc.lossless)
	}
	t.Logf("%d packages of generated code", len(j.packages))
}

// loadGroup reads the schema of a group. It writes the schema to a file in dir.
func loadGroup(t *testing.T, s suite, dir, dialect string, g group) (*model.Contract, error) {
	t.Helper()
	write(t, dir, "root.json", string(g.Schema))
	return load.Contract(filepath.Join(dir, "root.json"), load.Options{
		Types:         true,
		Root:          "Root",
		Dialect:       dialect,
		Refs:          []schema.Ref{{Prefix: "http://localhost:1234/", Dir: s.remotes()}},
		AssertFormats: g.assertsFormats(),
	})
}

// A score counts what is right about the cases of one draft.
type score struct {
	draft         string
	groups, cases int
	evaluated     int // right verdicts of the evaluator
	generated     int // right verdicts of generated code
	lossless      int // valid documents that generated code encoded as they were

	asked     []group // those that generated code judges
	questions []question
}

// evaluate has the evaluator judge the cases of g by the schema that the model
// holds.
func (sc *score) evaluate(t *testing.T, g group, c *model.Contract) {
	t.Helper()
	text, _ := rules.Text(rootSchema(t, c))
	s, err := validate.Compile(text, ecma.Engine)
	if err != nil {
		t.Errorf("%s/%s: %s:\n%v\n%s", sc.draft, g.file, g.Description, err, text)
		return
	}
	for _, c := range g.Cases {
		if err := s.Check(c.Data); (err == nil) != c.Valid {
			t.Errorf("%s/%s: %s: %s\ndocument %s\nthe evaluator says %v, want valid = %v", sc.draft, g.file, g.Description, c.Description, c.Data, err, c.Valid)
			continue
		}
		sc.evaluated++
	}
}

// rootSchema returns the whole predicate of the type Root.
func rootSchema(t *testing.T, c *model.Contract) *model.Schema {
	t.Helper()
	root := []string{"Root"}
	for _, a := range c.Aliases {
		if slices.Equal(a.Words, root) {
			return a.Type.Schema
		}
	}
	for _, typ := range c.Types {
		if slices.Equal(typ.Words, root) {
			return typ.Schema
		}
	}
	t.Fatal("the model has no type Root")
	return nil
}

// generate adds the code of c to j, and the cases of g to the questions.
func (sc *score) generate(t *testing.T, j *judge, g group, c *model.Contract) {
	t.Helper()
	var docs []json.RawMessage
	for _, c := range g.Cases {
		docs = append(docs, c.Data)
	}
	sc.asked = append(sc.asked, g)
	sc.questions = append(sc.questions, question{j.add(t, c), docs})
}

// compare compares the verdicts of generated code with those of the suite.
func (sc *score) compare(t *testing.T, j *judge) {
	t.Helper()
	for i, answers := range j.ask(t, sc.questions) {
		g := sc.asked[i]
		for k, c := range g.Cases {
			if complaint := answers[k].complaint(t, c.Data, c.Valid); complaint != "" {
				t.Errorf("%s/%s: %s: %s\ndocument %s\n%s", sc.draft, g.file, g.Description, c.Description, c.Data, complaint)
				continue
			}
			sc.generated++
			if c.Valid {
				sc.lossless++
			}
		}
	}
}
