package load

import (
	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/model"
	example "github.com/tpp-rpc/tpp/gen/sample"
)

// overlaps adds each branch of a oneOf that no object fits to problems, since another
// branch accepts the same objects. It tries the shortest document of a branch, and the one
// with all properties. It does nothing for a contract without a service or a nil validate.
func overlaps(c *model.Contract, validate gen.Validator, problems *gen.Problems) {
	if c.Service == nil || validate == nil {
		return
	}
	for t := range c.Walk() {
		if t.Kind == model.Union && t.AtMost == 1 {
			overlap(t, validate, problems)
		}
	}
}

// mostBranches is how many branches of a union are compared, each with all others.
const mostBranches = 64

// overlap looks at one union. Branches that a constant or a JSON type tells apart can't
// overlap.
func overlap(t *model.Type, validate gen.Validator, problems *gen.Problems) {
	branches := t.Tried()
	branches = branches[:min(len(branches), mostBranches)]
	for i, b := range branches {
		if b.Type.Kind != model.Struct || b.Type.Schema == nil {
			continue
		}
		short, full := example.Document(b.Type, example.Options{}), example.Document(b.Type, example.Options{All: true})
		both := func(other *model.Branch) bool {
			s := other.Type.Schema
			return other.Type.Kind == model.Struct && s != nil && validate(s, string(short)) == nil && validate(s, string(full)) == nil
		}
		if !both(b) {
			continue
		}
		for j, other := range branches {
			if j != i && both(other) {
				problems.Add(b.Pos, "no object fits this branch of oneOf alone: %s also fits the branch at %s. "+
					"Give each branch a constant or a required property of its own, or use anyOf", full, other.Pos)
				return
			}
		}
	}
}
