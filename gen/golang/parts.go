package golang

// This file decides the Go names of what belongs to a type, and says what that is.

import (
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
)

// parts returns the types that t is made of.
func parts(t *model.Type) []*model.Type {
	list := append([]*model.Type{}, t.Prefix...)
	for _, f := range t.Fields {
		list = append(list, f.Type)
	}
	for _, b := range t.Branches {
		list = append(list, b.Type)
	}
	for _, part := range []*model.Type{t.Elem, t.Open} {
		if part != nil {
			list = append(list, part)
		}
	}
	return list
}

// nameParts names the fields, branches and constants of a named type.
func (n *names) nameParts(t *model.Type) {
	switch t.Kind {
	case model.Struct:
		n.nameFields(t)
	case model.Union:
		n.nameBranches(t)
	case model.Enum:
		n.nameConsts(t)
	}
}

func (n *names) nameFields(t *model.Type) {
	members := members(t)
	at := func(f *model.Field) string { return f.Pos }
	for _, f := range t.Fields {
		if forced := f.Names[lang]; forced != "" {
			n.field[f] = n.force(members, forced, at(f))
		}
	}
	for _, f := range t.Fields {
		if n.field[f] == "" && held(f) {
			name := exported(f.Name)
			n.field[f] = n.choose(members, at(f), name, exported(spell(f.Name)...), n.typ[t]+name)
		}
	}
	for _, f := range t.Fields {
		if held(f) && defaultOf(n, f) != nil {
			n.orElse[f] = n.choose(members, at(f), n.field[f]+"OrDefault")
		}
	}
	if t.Open != nil {
		name := "Additional"
		if t.Open.Kind == model.Any {
			name = "Unknown"
		}
		n.further[t] = n.choose(members, t.Pos, name, name+"Properties")
	}
	if t.Loose {
		n.other[t] = n.choose(members, t.Pos, "Other", "OtherValue")
	}
}

func (n *names) nameBranches(t *model.Type) {
	members := members(t)
	for _, b := range t.Branches {
		if forced := b.Names[lang]; forced != "" {
			n.branch[b] = n.force(members, forced, b.Type.Pos)
		}
	}
	for i, b := range t.Branches {
		if n.branch[b] != "" || isNull(b.Type) {
			continue
		}
		name := exported(b.Words...)
		switch {
		case len(b.Words) > 0:
		case n.typ[b.Type] != "":
			name = n.typ[b.Type]
		default:
			name = "Branch" + strconv.Itoa(i+1)
		}
		n.branch[b] = n.choose(members, b.Type.Pos, name)
	}
	for _, b := range triedBranches(t) {
		n.nameTried(t, b)
	}
}

// nameTried notes that b has to be tried. For that its type needs methods, so
// it's declared even if it could be written in place.
func (n *names) nameTried(t *model.Type, b *model.Branch) {
	n.tried[b] = true
	switch {
	case b.Type.Import[lang] != "":
		n.problem(b.Type.Pos, "a branch with x-go-type has to be told apart by its JSON type or by a constant")
	case n.typ[b.Type] == "":
		n.types = append(n.types, b.Type)
		n.typ[b.Type] = n.choose(n.pkg, b.Type.Pos, n.typ[t]+n.branch[b])
	}
}

func (n *names) nameConsts(t *model.Type) {
	list := make([]string, len(t.Values))
	for i, v := range t.Values {
		if forced := v.Names[lang]; forced != "" {
			list[i] = n.force(n.pkg, forced, t.Pos)
		}
	}
	for i, v := range t.Values {
		if list[i] != "" {
			continue
		}
		words := v.Words
		if len(words) == 0 {
			words = []string{strings.Trim(v.JSON, `"`)}
		}
		spelled := spell(strings.Join(words, " "))
		candidates := []string{n.typ[t] + constant(words...), n.typ[t] + pascal(spelled...)}
		if v.JSON[0] == '"' {
			candidates = append(candidates, n.typ[t]+"String"+constant(words...)) // beside a number, say
		}
		list[i] = n.choose(n.pkg, t.Pos, candidates...)
	}
	n.consts[t] = list
}

// nameVariables names the patterns and rules of t and of what is in place
// inside of it; owner is made of the names that lead there.
func (n *names) nameVariables(t *model.Type, owner string) {
	if t.Rules != nil && n.rules[t] == "" {
		n.rules[t] = n.choose(n.pkg, t.Pos, unexported(owner)+"Rules")
	}
	if p := t.Checks.Pattern; p != nil && t.Kind == model.String && n.pattern[p.Source] == "" {
		n.pattern[p.Source] = n.choose(n.pkg, t.Pos, "re"+owner)
	}
	inside := func(part *model.Type, name string) {
		if part != nil && n.typ[part] == "" {
			n.nameVariables(part, owner+name)
		}
	}
	for _, f := range t.Fields {
		name := n.field[f]
		if name == "" {
			name = pascal(f.Name)
		}
		inside(f.Type, name)
	}
	for _, b := range t.Branches {
		inside(b.Type, n.branch[b])
	}
	for i, item := range t.Prefix {
		inside(item, "Item"+strconv.Itoa(i))
	}
	switch t.Kind {
	case model.List, model.Tuple:
		inside(t.Elem, "Item")
	case model.Map:
		inside(t.Elem, "Value")
	case model.Nullable:
		inside(t.Elem, "")
	case model.Struct:
		inside(t.Open, n.further[t])
	}
}
