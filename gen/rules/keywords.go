package rules

// This file prints keywords.

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// keyword adds the keyword k of s to o, if s has it.
func (p *printer) keyword(o *object, k *keyword.Keyword, s *model.Schema) {
	if k.Absent(s) || k.Holds == keyword.Part {
		return
	}
	switch v := k.Field(s); k.Holds {
	case keyword.Types:
		o.add(k.Name, typeNames(s))
	case keyword.Values:
		o.add(k.Name, texts(*v.(*[]string), func(text string) string { return text }))
	case keyword.Value, keyword.Number:
		o.add(k.Name, *v.(*string))
	case keyword.Count:
		o.add(k.Name, strconv.Itoa(**v.(**int)))
	case keyword.Flag:
		o.add(k.Name, "true")
	case keyword.Text:
		o.add(k.Name, model.Quote(*v.(*string)))
	case keyword.Pattern:
		o.add(k.Name, p.pattern(*v.(**model.Pattern)))
	case keyword.Names:
		o.add(k.Name, texts(*v.(*[]string), model.Quote))
	case keyword.NameMap:
		inner := &object{}
		for _, d := range *v.(*[]model.Dependent) {
			inner.add(d.Name, texts(d.Required, model.Quote))
		}
		o.add(k.Name, inner)
	case keyword.Schema:
		o.add(k.Name, p.schema(*v.(**model.Schema)))
	case keyword.SchemaList:
		values := []any{}
		for _, inner := range *v.(*[]*model.Schema) {
			values = append(values, p.schema(inner))
		}
		o.add(k.Name, values)
	case keyword.SchemaMap:
		inner := &object{}
		for _, property := range *v.(*[]model.Property) {
			inner.add(property.Name, p.schema(property.Schema))
		}
		o.add(k.Name, inner)
	case keyword.PatternMap:
		p.patterns(o, k.Name, *v.(*[]model.PatternProperty))
	case keyword.Reference:
		o.add(k.Name, p.reference(*v.(**model.Schema)))
	case keyword.Dynamic:
		o.add(k.Name, model.Quote(s.DynamicRef))
	case keyword.Anchors:
		inner := &object{}
		for _, a := range *v.(*[]model.Scope) {
			inner.add(a.Anchor, p.reference(a.Schema))
		}
		o.add(k.Name, inner)
	default:
		panic(fmt.Sprintf("rules: no rule to print %s, which holds %v", k.Name, k.Holds))
	}
}

// reference prints where a schema of $defs stands.
func (p *printer) reference(s *model.Schema) string { return model.Quote("#/$defs/" + p.refs[s]) }

// patterns prints patternProperties: as an object, and those that RE2 can't
// express as a list.
func (p *printer) patterns(o *object, name string, list []model.PatternProperty) {
	plain, others := &object{}, []any{}
	for _, pp := range list {
		// Two patterns may be one in RE2, and a name stands once in an object.
		if re2, ok, _ := ecma.Translate(pp.Pattern.Source); ok && !slices.Contains(plain.names, re2) {
			plain.add(re2, p.schema(pp.Schema))
			continue
		}
		p.ecma = true
		other := &object{}
		other.add("ecma", model.Quote(pp.Pattern.Source))
		other.add("schema", p.schema(pp.Schema))
		others = append(others, other)
	}
	if len(plain.names) > 0 {
		o.add(name, plain)
	}
	if len(others) > 0 {
		o.add("x-"+name, others)
	}
}

// pattern prints a regular expression in the syntax of Go's regexp, or marks it
// as one that needs an engine.
func (p *printer) pattern(re *model.Pattern) any {
	if re2, ok, _ := ecma.Translate(re.Source); ok {
		return model.Quote(re2)
	}
	p.ecma = true
	o := &object{}
	o.add("ecma", model.Quote(re.Source))
	return o
}

// typeNames returns the value of type: a name, or a list of several.
func typeNames(s *model.Schema) any {
	var names []any
	for t := range s.Types.Each() {
		name := t.String()
		if t == model.JSONNumber && s.Int {
			if name = "integer"; s.Strict {
				name = "strictInteger"
			}
		}
		names = append(names, model.Quote(name))
	}
	if len(names) == 1 {
		return names[0]
	}
	return names
}

// texts returns a list of strings as a value.
func texts(list []string, print func(string) string) []any {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = print(s)
	}
	return values
}
