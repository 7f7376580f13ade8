package schema

import (
	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// normalizer turns schemas, whatever draft they are written in, into
// model.Schema: references become pointers and the drafts' differences
// disappear. Equal nodes give the same *model.Schema, so cycles end.
type normalizer struct {
	*index
	schemas map[*Node]*model.Schema
	order   []*model.Schema         // as they were met
	nodes   map[*model.Schema]*Node // where each came from
	scopes  map[*resource][]model.Scope
	targets []*Node // of references
}

func newNormalizer(ix *index) *normalizer {
	return &normalizer{
		index:   ix,
		schemas: map[*Node]*model.Schema{},
		nodes:   map[*model.Schema]*Node{},
		scopes:  map[*resource][]model.Scope{},
	}
}

// schema returns the predicate that n is. Its place, such as /properties/id,
// is path.
func (z *normalizer) schema(n *Node, path string) *model.Schema {
	if s := z.schemas[n]; s != nil {
		return s
	}
	z.add(n, z.homes[n])
	s := &model.Schema{Pointer: n.File.Name + "#" + path, Pos: n.Pos()}
	z.schemas[n] = s
	z.order = append(z.order, s)
	z.nodes[s] = n
	if n.Kind != Object {
		s.Never = n.Kind == Bool && !n.Bool
		return s
	}
	k := keywords{z: z, n: n, s: s, path: path, home: z.homes[n]}
	if k.home.root == n {
		s.Scope = z.scope(k.home)
	}
	if z.refAlone(n, k.home) {
		k.ref()
		return s
	}
	k.references()
	k.read()
	return s
}

// scope returns the dynamic anchors of a resource.
func (z *normalizer) scope(r *resource) []model.Scope {
	if s, ok := z.scopes[r]; ok {
		return s
	}
	z.scopes[r] = nil // the anchors may lead back here
	var scope []model.Scope
	for _, a := range r.dynamic {
		scope = append(scope, model.Scope{Anchor: a, Schema: z.schema(r.anchors[a], z.path(r.anchors[a]))})
	}
	if r.recursive {
		scope = append(scope, model.Scope{Schema: z.schema(r.root, z.path(r.root))})
	}
	z.scopes[r] = scope
	return scope
}

// loops notes the schemas that apply themselves to the same value again, so
// that no document could ever be judged.
func (z *normalizer) loops() {
	const onPath, done = 1, 2
	state := map[*model.Schema]int{}
	var visit func(s *model.Schema) bool
	visit = func(s *model.Schema) bool {
		if s == nil || state[s] == done {
			return false
		}
		if state[s] == onPath {
			return true
		}
		state[s] = onPath
		defer func() { state[s] = done }()
		if n := z.nodes[s]; n != nil {
			for next := range keyword.InPlaceOf(s) {
				if visit(next) {
					z.problems.Add(n.Pos(), "this schema refers to itself without end: no value could be judged by it")
					return false
				}
			}
		}
		return false
	}
	for _, s := range z.order {
		visit(s)
	}
}
