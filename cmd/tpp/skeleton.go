package main

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// skeleton returns a document that t accepts, as far as that can be seen from
// its shape and checks: with placeholders, and without optional properties
// unless all of them are asked for.
func skeleton(t *model.Type, all bool) json.RawMessage {
	s := skeletons{all: all}
	return s.append(nil, t)
}

// skeletons is the state of writing one.
type skeletons struct {
	all  bool
	path []*model.Type // the objects that are being written
}

func (s *skeletons) append(b []byte, t *model.Type) []byte {
	switch t.Kind {
	case model.Bool:
		return append(b, "false"...)
	case model.Int, model.Uint, model.Integer, model.Float, model.Number:
		return append(b, sampleNumber(&t.Checks, t.Kind == model.Float || t.Kind == model.Number)...)
	case model.String:
		return codec.AppendString(b, sampleString(&t.Checks))
	case model.Bytes:
		return append(b, `""`...)
	case model.DateTime:
		return codec.AppendString(b, formatSamples["date-time"])
	case model.Addr:
		return codec.AppendString(b, formatSamples[t.Checks.Format])
	case model.Enum, model.Const:
		return append(b, t.Values[0].JSON...)
	case model.List:
		return s.list(b, t)
	case model.Tuple:
		return s.tuple(b, t)
	case model.Map, model.Struct:
		return s.object(b, t)
	case model.Union:
		return s.append(b, s.branch(t))
	case model.Nullable:
		if s.all && !slices.Contains(s.path, t.Elem) {
			return s.append(b, t.Elem)
		}
	}
	return append(b, "null"...)
}

// branch returns the first branch of a union that doesn't lead back to where
// it's written.
func (s *skeletons) branch(t *model.Type) *model.Type {
	for _, b := range t.Branches {
		if !slices.Contains(s.path, b.Type) {
			return b.Type
		}
	}
	return t.Branches[0].Type
}

func (s *skeletons) list(b []byte, t *model.Type) []byte {
	n := orZero(t.Checks.MinItems)
	if n == 0 && s.all && !slices.Contains(s.path, t.Elem) {
		n = 1
	}
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.append(b, t.Elem)
	}
	return append(b, ']')
}

func (s *skeletons) tuple(b []byte, t *model.Type) []byte {
	n := orZero(t.Checks.MinItems)
	if s.all {
		n = max(n, len(t.Prefix))
	}
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case i < len(t.Prefix):
			b = s.append(b, t.Prefix[i])
		case t.Elem != nil:
			b = s.append(b, t.Elem)
		default:
			b = append(b, "null"...)
		}
	}
	return append(b, ']')
}

// object writes a struct or a map, with as many further properties as it has
// to have.
func (s *skeletons) object(b []byte, t *model.Type) []byte {
	s.path = append(s.path, t)
	defer func() { s.path = s.path[:len(s.path)-1] }()
	start, n := len(b), 0
	member := func(name string) {
		b = append(b, ',')
		b = append(codec.AppendString(b, name), ':')
		n++
	}
	for _, f := range t.Fields {
		switch {
		case !f.Required && (!s.all || f.Type.Kind == model.Never || s.recurs(f.Type)):
		case f.Default != "" && (f.Default != "null" || !s.all):
			member(f.Name)
			b = append(b, f.Default...)
		default:
			member(f.Name)
			b = s.append(b, f.Type)
		}
	}
	further := t.Open
	if t.Kind == model.Map {
		further = t.Elem
	}
	for i := 1; n < orZero(t.Checks.MinProperties) && further != nil; i++ {
		member("key" + strconv.Itoa(i))
		b = s.append(b, further)
	}
	return codec.EndObject(b, start)
}

// recurs reports whether t is an object that is being written.
func (s *skeletons) recurs(t *model.Type) bool {
	if t.Kind == model.Nullable {
		t = t.Elem
	}
	return slices.Contains(s.path, t)
}

func orZero(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// sampleNumber returns a number within the bounds of c, 0 if that is; one with
// a fraction where only that fits, if it may have one.
func sampleNumber(c *model.Checks, fraction bool) string {
	step := big.NewRat(1, 1)
	if of, ok := new(big.Rat).SetString(c.MultipleOf); ok && of.Sign() > 0 {
		step = of
	} else if fraction {
		step = big.NewRat(1, 1000)
	}
	for _, from := range []string{"0", c.Minimum, c.ExclusiveMinimum, c.Maximum, c.ExclusiveMaximum} {
		bound, ok := new(big.Rat).SetString(from)
		if !ok {
			continue
		}
		steps := new(big.Int).Quo(new(big.Rat).Quo(bound, step).Num(), new(big.Rat).Quo(bound, step).Denom())
		for _, more := range []int64{0, 1, -1} {
			n := new(big.Rat).SetInt(new(big.Int).Add(steps, big.NewInt(more)))
			if n.Mul(n, step); within(n, c) {
				return decimal(n)
			}
		}
	}
	return "0"
}

// within reports whether n fits the bounds of c.
func within(n *big.Rat, c *model.Checks) bool {
	compare := func(bound string) (int, bool) {
		r, ok := new(big.Rat).SetString(bound)
		if !ok {
			return 0, false
		}
		return n.Cmp(r), true
	}
	if d, ok := compare(c.Minimum); ok && d < 0 {
		return false
	}
	if d, ok := compare(c.Maximum); ok && d > 0 {
		return false
	}
	if d, ok := compare(c.ExclusiveMinimum); ok && d <= 0 {
		return false
	}
	d, ok := compare(c.ExclusiveMaximum)
	return !ok || d < 0
}

// decimal returns n as JSON writes it.
func decimal(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	digits, exact := n.FloatPrec()
	if !exact {
		digits = 17
	}
	return n.FloatString(digits)
}
