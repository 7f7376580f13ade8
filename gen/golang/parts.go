package golang

// This file decides the Go names of what belongs to a type.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tpp-rpc/tpp/gen/model"
)

func (n *names) nameFields(t *model.Type) {
	members := members(t)
	want := func(what string, pos model.Pos, set func(string), names ...string) claim {
		return claim{holder: holder{what, pos}, names: names, set: set}
	}
	var fields, others []claim
	for _, f := range t.Fields {
		if held(f) || f.Names[lang] != "" {
			name := member(t, exported(f.Name))
			c := want(fmt.Sprintf("property %q", f.Name), f.Pos, func(name string) { n.field[f] = name }, spellings("", f.Name, name)...)
			c.forced, c.rank, c.key = f.Names[lang], distance(f.Name, name), f.Name
			fields = append(fields, c)
		}
	}
	n.grant(members, fields)
	for _, f := range t.Fields {
		if held(f) && defaultOf(n, f) != nil {
			what := fmt.Sprintf("the accessor of property %q", f.Name)
			c := want(what, f.Pos, func(name string) { n.orElse[f] = name }, n.field[f]+"OrDefault")
			c.key = f.Name
			others = append(others, c)
		}
	}
	for _, g := range t.Groups {
		pattern, name := g.Patterns[0].Source, "Matching"
		if len(t.Groups) > 1 {
			name += exported(strings.FieldsFunc(pattern, func(r rune) bool { return !unicode.IsLetter(r) })...)
		}
		c := want(fmt.Sprintf("the field for properties that match %q", pattern), g.Pos, func(name string) { n.group[g] = name }, name)
		c.forced, c.key = g.Names[lang], pattern
		others = append(others, c)
	}
	if t.Open != nil {
		name := "Additional"
		if t.Open.Kind == model.Any {
			name = "Unknown"
		}
		if bare(t) {
			name = "unknown"
		}
		others = append(others, want("the field for further properties", t.Pos, func(name string) { n.further[t] = name }, name, name+"Properties"))
	}
	if t.Loose {
		others = append(others, want("the field for values that are no objects", t.Pos, func(name string) { n.other[t] = name }, "Other", "OtherValue"))
	}
	n.grant(members, others)
}

// nameUnions names the branches of unions, and what belongs to them.
func (n *names) nameUnions() {
	var unions []*model.Type
	for _, t := range n.types {
		if t.Kind == model.Union {
			unions = append(unions, t)
			n.nameBranches(t)
		}
	}
	var tried, claims []claim
	for _, t := range unions {
		for _, b := range t.Tried() {
			tried = append(tried, n.nameTried(t, b)...)
		}
	}
	n.grant(n.pkg, tried)
	for _, t := range unions {
		if t.Import[lang] == "" {
			claims = append(claims, n.nameKinds(t)...)
		}
	}
	n.grant(n.pkg, claims)
}

// nameBranches names the branches of t. What is told apart by no words of its own
// has its number.
func (n *names) nameBranches(t *model.Type) {
	var claims []claim
	for i, b := range t.Branches {
		if b.Type.IsNull() && b.Names[lang] == "" {
			continue
		}
		c := claim{
			holder: holder{fmt.Sprintf("branch %d of %s", i+1, n.typ[t]), b.Pos}, forced: b.Names[lang], key: sortable(strconv.Itoa(i)),
			fix: "a title or x-go-name", set: func(name string) { n.branch[b] = name },
		}
		switch {
		case isRest(t, b):
			c.names = []string{rest}
		case len(b.Words) > 0:
			text := strings.Join(b.Words, " ")
			if c.names = paths(text); c.names != nil {
				c.path = true
			} else {
				name := exported(b.Words...)
				c.names, c.rank = spellings("", text, name), distance(text, name)
			}
		case n.typ[b.Type] != "":
			c.names = []string{n.typ[b.Type]}
		default:
			c.names = []string{"Branch" + strconv.Itoa(i+1)}
		}
		for i, name := range c.names {
			c.names[i] = member(t, name)
		}
		claims = append(claims, c)
	}
	n.grant(members(t), claims)
}

// nameKinds returns the claims of the kinds of a union and of the functions that
// make it of a branch.
func (n *names) nameKinds(t *model.Type) []claim {
	own := n.typ[t]
	kind := own + "Kind"
	var claims []claim
	want := func(what string, pos model.Pos, set func(string), names ...string) {
		claims = append(claims, claim{
			holder: holder{what, pos}, names: names, key: own + " " + names[0], fix: "a title or x-go-name", set: set,
		})
	}
	want("the kind of "+own, t.Pos, func(name string) { n.kind[t] = name }, kind, own+"Branch")
	for i, b := range t.Branches {
		what := fmt.Sprintf("branch %d of %s", i+1, own)
		if b.Type.IsNull() {
			want("the kind of "+what, b.Pos, func(name string) { n.kinds[b] = name }, kind+"Null", kind+"NullValue")
			continue
		}
		want("the kind of "+what, b.Pos, func(name string) { n.kinds[b] = name }, kind+n.branch[b], kind+n.branch[b]+"Value")
		want("the constructor of "+what, b.Pos, func(name string) { n.build[b] = name }, "New"+own+n.branch[b], "New"+own+n.branch[b]+"Value")
	}
	return claims
}

// nameTried notes that b has to be tried. For that its type needs methods, so
// it's declared even if it could be written in place; nameTried returns its claim then.
func (n *names) nameTried(t *model.Type, b *model.Branch) []claim {
	n.tried[b] = true
	switch {
	case b.Type.Import[lang] != "":
		n.problems.Add(b.Pos, "a branch with x-go-type has to be told apart by its JSON type or by a constant")
	case n.typ[b.Type] == "":
		name := n.typ[t] + n.branch[b]
		n.types = append(n.types, b.Type)
		n.typ[b.Type] = name // until it's granted
		return []claim{{
			holder: holder{n.schemaOf(b.Type), b.Type.Pos}, names: []string{name, name + "Value"}, key: name,
			fix: "a title or x-go-name", set: func(name string) { n.typ[b.Type] = name },
		}}
	}
	return nil
}

// nameConsts names the values of enums.
func (n *names) nameConsts() {
	var claims []claim
	for _, t := range n.types {
		if t.Kind != model.Enum || t.Import[lang] != "" {
			continue
		}
		list := make([]string, len(t.Values))
		n.consts[t] = list
		texts := enumKind(t) == model.String
		for i, v := range t.Values {
			words := v.Words
			if len(words) == 0 {
				words = []string{strings.Trim(v.JSON, `"`)}
			}
			text, own := strings.Join(words, " "), n.typ[t]
			if !texts && v.JSON[0] == '"' && json.Valid([]byte(text)) {
				own += "String" // "1" beside 1
			}
			name := own + constant(words...)
			claims = append(claims, claim{
				holder: holder{"value " + v.JSON + " of " + n.typ[t], v.Pos}, forced: v.Names[lang], names: spellings(own, text, name),
				rank: distance(text, constant(words...)), key: own + " " + text, fix: "x-go-names", set: func(name string) { list[i] = name },
			})
		}
	}
	n.grant(n.pkg, claims)
}

// nameVariables names the patterns and rules of all types. A pattern that several
// have is named after the one whose name comes first.
func (n *names) nameVariables() {
	owners := map[string][]string{} // by pattern
	at := map[string]model.Pos{}
	var claims []claim
	for _, t := range n.types {
		n.variablesIn(t, n.typ[t], func(t *model.Type, owner string) {
			if t.Rules != nil && n.rules[t] == "" {
				n.rules[t] = unexported(owner) + "Rules"
				claims = append(claims, claim{
					holder: holder{n.rules[t], t.Pos}, names: []string{n.rules[t]}, key: orderOf(t, owner),
					set: func(name string) { n.rules[t] = name },
				})
			}
			if p := t.Checks.Pattern; p != nil && t.Kind == model.String {
				owners[p.Source] = append(owners[p.Source], owner)
				at[p.Source] = t.Pos
			}
			for _, g := range t.Groups {
				for _, p := range g.Patterns {
					owners[p.Source] = append(owners[p.Source], owner+n.group[g])
					at[p.Source] = t.Pos
				}
			}
		})
	}
	for source, list := range owners {
		name := "re" + slices.Min(list)
		claims = append(claims, claim{
			holder: holder{name, at[source]}, names: []string{name}, key: source,
			set: func(name string) { n.pattern[source] = name },
		})
	}
	n.grant(n.pkg, claims)
}

// variablesIn calls f for t and for what is in place inside of it; owner is made of
// the names that lead there.
func (n *names) variablesIn(t *model.Type, owner string, f func(t *model.Type, owner string)) {
	f(t, owner)
	inside := func(part *model.Type, name string) {
		if n.typ[part] == "" {
			n.variablesIn(part, owner+name, f)
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
