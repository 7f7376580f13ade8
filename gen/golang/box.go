package golang

import "github.com/tpp-rpc/tpp/gen/model"

// box finds the fields, and items of tuples, that have to be held by pointer
// because their type would otherwise contain itself. A pointer, slice or map in
// between is enough, so that few are left.
func (n *names) box() {
	const onPath, done = 1, 2
	state := map[*model.Type]int{}
	var closes func(t *model.Type) bool // whether t is one that we're inside of
	closes = func(t *model.Type) bool {
		if t.Import[lang] != "" || state[t] == done {
			return false
		}
		if state[t] == onPath {
			return true
		}
		state[t] = onPath
		switch t.Kind {
		case model.Struct:
			for _, f := range t.Fields {
				if s, of := n.fieldSlot(f); (s == plain || s == optional) && closes(of) {
					n.boxed[f] = true
				}
			}
		case model.Tuple:
			for i, item := range t.Prefix {
				if i < least(t) && closes(item) {
					n.boxedItem[tupleIndex{t, i}] = true
				}
			}
		}
		state[t] = done
		return false
	}
	for _, t := range n.types {
		closes(t)
	}
}

// A tupleIndex is one of the leading items of a tuple.
type tupleIndex struct {
	tuple *model.Type
	index int
}

// least is how many items t must have.
func least(t *model.Type) int {
	if t.Checks.MinItems == nil {
		return 0
	}
	return *t.Checks.MinItems
}
