package golang

// This file decides the Go names of what belongs to a type.

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/words"
)

// nameParts names the fields, branches and constants of a named type.
func (n *names) nameParts(t *model.Type) {
	switch t.Kind {
	case model.Struct:
		n.nameFields(t)
	case model.Union:
		n.nameBranches(t)
	case model.Enum:
		if n.consts[t] == nil { // it's the type of a branch that is tried
			n.nameConsts(t)
		}
	}
}

func (n *names) nameFields(t *model.Type) {
	members := members(t)
	at := func(f *model.Field) model.Pos { return f.Pos }
	for _, f := range t.Fields {
		if forced := f.Names[lang]; forced != "" {
			n.field[f] = n.force(members, forced, at(f))
		}
	}
	for _, f := range t.Fields {
		if n.field[f] == "" && held(f) {
			name := exported(f.Name)
			n.field[f] = n.choose(members, at(f), name, exported(words.Spell(f.Name)...), n.typ[t]+name)
		}
	}
	for _, f := range t.Fields {
		if held(f) && defaultOf(n, f) != nil {
			n.orElse[f] = n.choose(members, at(f), n.field[f]+"OrDefault")
		}
	}
	for _, g := range t.Groups {
		if forced := g.Names[lang]; forced != "" {
			n.group[g] = n.force(members, forced, g.Pos)
			continue
		}
		name := "Matching"
		if len(t.Groups) > 1 {
			name += exported(strings.FieldsFunc(g.Patterns[0].Source, func(r rune) bool { return !unicode.IsLetter(r) })...)
		}
		n.group[g] = n.choose(members, g.Pos, name)
	}
	if t.Open != nil {
		name := "Additional"
		if t.Open.Kind == model.Any {
			name = "Unknown"
		}
		if bare(t) {
			name = "unknown"
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
			n.branch[b] = n.force(members, forced, b.Pos)
		}
	}
	for i, b := range t.Branches {
		if n.branch[b] != "" || b.Type.IsNull() {
			continue
		}
		name := exported(b.Words...)
		switch {
		case isRest(t, b):
			name = rest
		case len(b.Words) > 0:
		case n.typ[b.Type] != "":
			name = n.typ[b.Type]
		default:
			name = "Branch" + strconv.Itoa(i+1)
		}
		n.branch[b] = n.choose(members, b.Pos, name)
	}
	for _, b := range t.Tried() {
		n.nameTried(t, b)
	}
	if t.Import[lang] == "" {
		n.nameKinds(t)
	}
}

// nameKinds names the kinds of a union and the functions that make it of a branch.
func (n *names) nameKinds(t *model.Type) {
	own := n.typ[t]
	kind := own + "Kind"
	n.kind[t] = n.choose(n.pkg, t.Pos, kind, own+"Branch")
	for _, b := range t.Branches {
		if b.Type.IsNull() {
			n.kinds[b] = n.choose(n.pkg, b.Pos, kind+"Null", kind+"NullValue")
			continue
		}
		n.kinds[b] = n.choose(n.pkg, b.Pos, kind+n.branch[b], kind+n.branch[b]+"Value")
		n.build[b] = n.choose(n.pkg, b.Pos, "New"+own+n.branch[b], "New"+own+n.branch[b]+"Value")
	}
}

// nameTried notes that b has to be tried. For that its type needs methods, so
// it's declared even if it could be written in place.
func (n *names) nameTried(t *model.Type, b *model.Branch) {
	n.tried[b] = true
	switch {
	case b.Type.Import[lang] != "":
		n.problems.Add(b.Pos, "a branch with x-go-type has to be told apart by its JSON type or by a constant")
	case n.typ[b.Type] == "":
		n.types = append(n.types, b.Type)
		n.typ[b.Type] = n.choose(n.pkg, b.Type.Pos, n.typ[t]+n.branch[b])
	}
}

func (n *names) nameConsts(t *model.Type) {
	list := make([]string, len(t.Values))
	for i, v := range t.Values {
		if forced := v.Names[lang]; forced != "" {
			list[i] = n.force(n.pkg, forced, v.Pos)
		}
	}
	for i, v := range t.Values {
		if list[i] != "" {
			continue
		}
		text := v.Words
		if len(text) == 0 {
			text = []string{strings.Trim(v.JSON, `"`)}
		}
		spelled := words.Spell(strings.Join(text, " "))
		candidates := []string{n.typ[t] + constant(text...), n.typ[t] + pascal(spelled...)}
		if v.JSON[0] == '"' {
			candidates = append(candidates, n.typ[t]+"String"+constant(text...)) // beside a number, say
		}
		list[i] = n.choose(n.pkg, v.Pos, candidates...)
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
	for _, g := range t.Groups {
		for _, p := range g.Patterns {
			if n.pattern[p.Source] == "" {
				n.pattern[p.Source] = n.choose(n.pkg, t.Pos, "re"+owner+n.group[g])
			}
		}
	}
	inside := func(part *model.Type, name string) {
		if n.typ[part] == "" {
			n.nameVariables(part, owner+name)
		}
	}
	for part := range t.Parts() {
		switch {
		case part.Field != nil && n.field[part.Field] == "":
			inside(part.Type, pascal(part.Field.Name))
		case part.Field != nil:
			inside(part.Type, n.field[part.Field])
		case part.Branch != nil:
			inside(part.Type, n.branch[part.Branch])
		case part.Group != nil:
			inside(part.Type, n.group[part.Group])
		case part.Open:
			inside(part.Type, n.further[t])
		case part.Elem && t.Kind == model.Nullable:
			inside(part.Type, "")
		case part.Elem && t.Kind == model.Map:
			inside(part.Type, "Value")
		case part.Elem:
			inside(part.Type, "Item")
		default:
			inside(part.Type, "Item"+strconv.Itoa(part.Index))
		}
	}
}
