package shape

import (
	"slices"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/predicate"
)

// objectLike reports whether a schema without a type describes objects: it has
// properties, or is composed of schemas that have.
func (sh *shaper) objectLike(s *model.Schema) bool {
	if s.Properties != nil {
		return true
	}
	for _, p := range sh.graph.Parts(s) {
		if p.Properties != nil {
			return true
		}
	}
	return false
}

// object makes t a struct or a map.
func (sh *shaper) object(t *model.Type, rest *model.Schema) {
	loose := t.Loose
	parts := sh.graph.Parts(rest)
	empty := rest.Additional != nil && rest.Additional.Never && rest.PatternProperties == nil
	if rest.Properties == nil && rest.Required == nil && !slices.ContainsFunc(parts, hasMembers) && !loose && !empty &&
		sh.dictionary(t, rest) {
		return
	}
	t.Kind = model.Struct
	o := object{sh: sh, t: t, rest: rest}
	for _, p := range parts {
		o.declare(p)
	}
	o.declare(rest)
	o.open(len(parts) > 0)
	o.addFields()
	o.cover()
	if !loose {
		t.Checks.MinProperties, t.Checks.MaxProperties = rest.MinProperties, rest.MaxProperties
		rest.MinProperties, rest.MaxProperties = nil, nil
	}
	rest.Types, rest.Required = 0, nil
	if !loose {
		keyword.RemoveOthers(rest, model.JSONObject)
	}
}

func hasMembers(s *model.Schema) bool { return s.Properties != nil || s.Required != nil }

// dictionary makes t a map if the property names are data and all properties have the same
// type. It reports whether it did.
func (sh *shaper) dictionary(t *model.Type, rest *model.Schema) bool {
	item := append(t.Words[:len(t.Words):len(t.Words)], "item")
	var elems []*model.Type
	every := false // all names match
	for _, p := range rest.PatternProperties {
		elems = append(elems, sh.typeOf(p.Schema, item))
		every = every || matchesAll(p.Pattern)
	}
	closed := rest.Additional != nil && rest.Additional.Never
	switch {
	case rest.Additional != nil && !closed:
		elems = append(elems, sh.typeOf(rest.Additional, item))
	case elems == nil || !closed && !every:
		elems = append(elems, &model.Type{Kind: model.Any, Pos: t.Pos})
	}
	for _, elem := range elems[1:] {
		if !same(elems[0], elem) {
			return false
		}
	}
	t.Kind, t.Elem = model.Map, elems[0]
	if closed && !every {
		rest.PropertyNames = oneName(rest)
	}
	rest.PatternProperties, rest.Additional = nil, nil
	t.Checks.MinProperties, t.Checks.MaxProperties = rest.MinProperties, rest.MaxProperties
	rest.MinProperties, rest.MaxProperties, rest.Types = nil, nil, 0
	keyword.RemoveOthers(rest, model.JSONObject)
	return true
}

// object collects what the fields of one struct are made from.
type object struct {
	sh       *shaper
	t        *model.Type
	rest     *model.Schema
	names    []string                   // of properties, in order
	schemas  map[string][]*model.Schema // all that a property must satisfy
	required []string
}

// declare adds the properties of one part.
func (o *object) declare(p *model.Schema) {
	if o.schemas == nil {
		o.schemas = map[string][]*model.Schema{}
	}
	for _, prop := range p.Properties {
		if _, ok := o.schemas[prop.Name]; !ok {
			o.names = append(o.names, prop.Name)
		}
		if !slices.Contains(o.schemas[prop.Name], prop.Schema) {
			o.schemas[prop.Name] = append(o.schemas[prop.Name], prop.Schema)
		}
	}
	for _, name := range p.Required {
		if !slices.Contains(o.required, name) {
			o.required = append(o.required, name)
		}
	}
}

// open decides what further properties hold. Patterns that fields and groups don't check in
// full, and a composed struct that bounds its further properties, are left to the rules,
// which are told the names that are declared here.
func (o *object) open(composed bool) {
	rest := o.rest
	additional := rest.Additional
	if o.group() && !(composed && additional != nil) {
		rest.Properties, rest.Additional = nil, nil
		switch {
		case additional == nil:
			o.t.Open = &model.Type{Kind: model.Any, Pos: o.t.Pos}
		case !additional.Never:
			o.t.Open = o.sh.typeOf(additional, append(o.t.Words[:len(o.t.Words):len(o.t.Words)], "additional"))
		}
		return
	}
	o.t.Open = &model.Type{Kind: model.Any, Pos: o.t.Pos}
	declared := rest.Properties
	rest.Properties = nil
	if additional != nil {
		for _, p := range declared {
			rest.Properties = append(rest.Properties, model.Property{Name: p.Name, Schema: &model.Schema{Pointer: p.Schema.Pointer, Pos: p.Schema.Pos}})
		}
	}
}

// addFields makes the fields. A property that must not be there is a matter of
// the rules; one that is required without being declared is a field too.
func (o *object) addFields() {
	for _, name := range o.names {
		schemas := o.schemas[name]
		s := o.sh.all(schemas)
		if o.sh.graph.Types(s) == 0 {
			o.rest.Properties = append(slices.DeleteFunc(o.rest.Properties, func(p model.Property) bool { return p.Name == name }),
				model.Property{Name: name, Schema: &model.Schema{Pointer: s.Pointer, Pos: s.Pos, Never: true}})
			if !slices.Contains(o.required, name) {
				continue
			}
			s = &model.Schema{Pointer: s.Pointer, Pos: s.Pos}
		}
		words := o.sh.under(o.t, s, name)
		if len(schemas) > 1 {
			words = append(o.t.Words[:len(o.t.Words):len(o.t.Words)], name) // no other struct has it
		}
		o.add(name, words, s, schemas[len(schemas)-1])
	}
	for _, name := range o.required {
		if _, ok := o.schemas[name]; ok {
			continue
		}
		pos := o.rest.Pos
		field := &model.Field{Name: name, Pos: pos, Required: true, Type: &model.Type{Kind: model.Any, Pos: pos}}
		if open := o.t.Open; open == nil {
			field.Type = &model.Type{Kind: model.Never, Pos: pos}
		} else if open.Kind != model.Any || open.Rules != nil {
			field.Type = open
		}
		o.t.Fields = append(o.t.Fields, field)
	}
}

// all returns a schema that accepts what all of schemas accept. One that another makes
// superfluous is left out: a property that is any string in one part, and one of a few
// constants in another, is one of these constants.
func (sh *shaper) all(schemas []*model.Schema) *model.Schema {
	var needed []*model.Schema
	for i, s := range schemas {
		superfluous := false
		for j, other := range schemas {
			if i != j && sh.implies(other, s) && (j < i || !sh.implies(s, other)) {
				superfluous = true
			}
		}
		if !superfluous {
			needed = append(needed, s)
		}
	}
	if len(needed) == 1 {
		return needed[0]
	}
	return sh.both(needed)
}

// implies reports whether s, which asks for a type or for one of a few constants, accepts
// everything that other accepts.
func (sh *shaper) implies(other, s *model.Schema) bool {
	other, s = sh.target(other), sh.target(s)
	if other == s {
		return true
	}
	constants := other.Enum != nil || other.Const != ""
	if n := s.Notes; n != nil && (n.Secret || n.Import != nil || n.Format != "" && !constants) {
		return false // it shapes the type
	}
	rest := *s
	rest.Types, rest.Enum, rest.Const = 0, nil, ""
	if !keyword.IsEmpty(&rest) || s.Int || s.Types != 0 && sh.graph.Types(other)&^s.Types != 0 {
		return false
	}
	if s.Enum == nil && s.Const == "" {
		return true
	}
	list, allowed := own(other), own(s)
	return constants && !slices.ContainsFunc(list, func(c constant) bool {
		return !slices.ContainsFunc(allowed, func(a constant) bool { return model.Canonical(a.json) == model.Canonical(c.json) })
	})
}

// target returns what s leads to if it's a mere reference, and else s.
func (sh *shaper) target(s *model.Schema) *model.Schema {
	for sh.graph.Target(s) != nil {
		s = s.Ref
	}
	return s
}

// both returns the schema that accepts what all of schemas accept. It returns the same
// schema for the same list, so that recursion ends.
func (sh *shaper) both(schemas []*model.Schema) *model.Schema {
	for _, s := range sh.joined[schemas[0]] {
		if slices.Equal(s.AllOf, schemas) {
			return s
		}
	}
	s := &model.Schema{Pointer: schemas[0].Pointer, Pos: schemas[0].Pos, AllOf: schemas}
	sh.joined[schemas[0]] = append(sh.joined[schemas[0]], s)
	return s
}

// add makes one field, whose type is named by words unless it has a name. The annotations
// are those of the schema declared last, which stands nearest to the struct.
func (o *object) add(name string, words []string, s, annotated *model.Schema) {
	f := &model.Field{
		Name:     name,
		Pos:      annotated.Pos,
		Type:     o.sh.typeOf(s, words),
		Required: slices.Contains(o.required, name),
	}
	if annotated.Notes != nil {
		f.Notes = *annotated.Notes
		f.Secret = f.Secret || f.Type.Secret
	}
	o.t.Fields = append(o.t.Fields, f)
}

// cover removes the parts from the rules that the fields of the struct check in full.
func (o *object) cover() {
	o.rest.AllOf = slices.DeleteFunc(slices.Clone(o.rest.AllOf), o.covered)
	if len(o.rest.AllOf) == 0 {
		o.rest.AllOf = nil
	}
	if o.rest.Ref != nil && !o.rest.Dynamic && o.covered(o.rest.Ref) {
		o.rest.Ref = nil
	}
}

// covered reports whether the fields of a struct that includes p check all
// that p asks of an object.
func (o *object) covered(p *model.Schema) bool {
	if o.sh.graph.Dynamic(p) || p.Dynamic {
		return false
	}
	rest := *p
	rest.Scope = nil
	if rest.Types&model.JSONObject != 0 {
		if o.t.Loose {
			return false
		}
		rest.Types, rest.Int = 0, false
	}
	rest.Properties, rest.Required, rest.Ref, rest.AllOf = nil, nil, nil, nil
	if !o.t.Loose {
		keyword.RemoveOthers(&rest, model.JSONObject)
	}
	if rest.Additional != nil && keyword.IsEmpty(rest.Additional) {
		rest.Additional = nil
	}
	return keyword.IsEmpty(&rest) && !slices.ContainsFunc(predicate.Composed(p), func(q *model.Schema) bool { return !o.covered(q) })
}
