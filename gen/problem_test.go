package gen_test

import (
	"errors"
	"testing"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/model"
)

func TestProblems(t *testing.T) {
	var p gen.Problems
	if err := p.Err(); err != nil {
		t.Errorf("Err of no problems = %v", err)
	}
	p.Add(model.Pos{File: "b.yaml", Line: 1, Col: 1}, "first of %s", "b")
	p.Add(model.Pos{File: "a.yaml", Line: 10, Col: 2}, "last")
	p.Add(model.Pos{File: "a.yaml", Line: 9, Col: 3}, "twice")
	p.Add(model.Pos{File: "a.yaml", Line: 9, Col: 3}, "twice")
	p.Add(model.Pos{File: "a.yaml"}, "whole file")
	p.Add(model.Pos{}, "nowhere")
	const want = `nowhere
a.yaml: whole file
a.yaml:9:3: twice
a.yaml:10:2: last
b.yaml:1:1: first of b`
	err := p.Err()
	var found gen.Problems
	if !errors.As(err, &found) || err.Error() != want {
		t.Errorf("Err = %v\nwant:\n%s", err, want)
	}
	if p[0].Message != "first of b" {
		t.Errorf("Err changed the order of p: %v", p)
	}
}
