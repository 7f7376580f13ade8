package model

import "slices"

// A Branch is one alternative of a Union.
type Branch struct {
	Words []string // what tells it apart, for its name: a title, a constant, a type
	Pos   Pos      // where its schema stands
	Type  *Type    // Const null for a branch that is null
	Notes          // of its schema, which may differ from those of its type
}

// A Select tells the branches of a union apart without trying them. Where more
// than one remains, they are tried in order.
type Select struct {
	// By is the property whose string constant decides, wherever it stands in
	// the object; "" if the JSON type of the value decides.
	By string
	// Has is the property whose presence decides, of any value: if an object has it, the
	// branches of the only case remain, and else those of Otherwise. It's "" if By or a type
	// decides.
	Has string

	// Cases are in the order of the branches. A branch may appear in several.
	Cases []Case

	// Otherwise are the branches that remain if no case fits.
	Otherwise []int
}

// A Case is one outcome of a Select.
type Case struct {
	Const    string   // with By: the property's value
	JSON     JSONType // without By and Has: the types
	Branches []int    // the branches that remain, in order
}

// A Choice is one way that a decoder can go in a union: the case that leads
// there, and the branches it has to try then, in order.
type Choice struct {
	Case     *Case // nil for the values that no case is about
	Branches []int // empty if no branch accepts such a value
}

// Choices returns the ways to go in a union: those of its cases, in order, then
// the one that remains. A union without a Select has that one alone.
//
// A decoder that tells branches apart by a property reads one that is absent as
// the empty string. So the case of the empty string also leads to the branches
// that remain otherwise.
func (t *Type) Choices() []Choice {
	if t.Select == nil {
		all := make([]int, len(t.Branches))
		for i := range all {
			all[i] = i
		}
		return []Choice{{Branches: all}}
	}
	var list []Choice
	for i := range t.Select.Cases {
		c := &t.Select.Cases[i]
		branches := c.Branches
		if t.Select.By != "" && c.Const == "" {
			branches = slices.Concat(branches, t.Select.Otherwise)
			slices.Sort(branches)
			branches = slices.Compact(branches)
		}
		list = append(list, Choice{c, branches})
	}
	return append(list, Choice{Branches: t.Select.Otherwise})
}

// Tried returns the branches of a union that have to be tried, because neither
// the JSON type of a value nor a constant in it tells them apart. Those that are
// null aren't among them.
func (t *Type) Tried() []*Branch {
	var tried []*Branch
	choices := t.Choices()
	last := len(choices) - 1
	for _, c := range append(choices[last:], choices[:last]...) {
		for _, i := range c.Branches {
			if b := t.Branches[i]; len(c.Branches) > 1 && !b.Type.IsNull() && !slices.Contains(tried, b) {
				tried = append(tried, b)
			}
		}
	}
	return tried
}

// HasNull reports whether one of the branches of a union is null.
func (t *Type) HasNull() bool {
	return slices.ContainsFunc(t.Branches, func(b *Branch) bool { return b.Type.IsNull() })
}

// IsNull reports whether t is the constant null.
func (t *Type) IsNull() bool { return t.Kind == Const && t.Values[0].JSON == "null" }
