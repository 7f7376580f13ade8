package rules

// This file prints keywords.

import (
	"slices"
	"strconv"

	"github.com/tpp-rpc/tpp/gen/model"
)

func (p *printer) references(o *object, s *model.Schema) {
	if len(s.Scope) > 0 {
		scope := &object{}
		for _, a := range s.Scope {
			scope.add(a.Anchor, model.Quote("#/$defs/"+p.refs[a.Schema]))
		}
		o.add("x-scope", scope)
	}
	if s.Ref != nil {
		o.add("$ref", model.Quote("#/$defs/"+p.refs[s.Ref]))
	}
	if s.Dynamic {
		o.add("x-dynamicRef", model.Quote(s.DynamicRef))
	}
}

// values prints the keywords that look at the value itself.
func (p *printer) values(o *object, s *model.Schema) {
	if types := typeNames(s); types != nil {
		o.add("type", types)
	}
	if s.Enum != nil {
		o.add("enum", texted(s.Enum))
	}
	addText(o, "const", s.Const)
	c := &s.Checks
	addText(o, "multipleOf", c.MultipleOf)
	addText(o, "minimum", c.Minimum)
	addText(o, "exclusiveMinimum", c.ExclusiveMinimum)
	addText(o, "maximum", c.Maximum)
	addText(o, "exclusiveMaximum", c.ExclusiveMaximum)
	addInt(o, "minLength", c.MinLength)
	addInt(o, "maxLength", c.MaxLength)
	if c.Pattern != nil {
		o.add("pattern", p.pattern(c.Pattern))
	}
	for _, k := range []struct{ name, text string }{
		{"format", c.Format}, {"contentEncoding", s.ContentEncoding}, {"contentMediaType", s.ContentMediaType},
	} {
		if k.text != "" {
			o.add(k.name, model.Quote(k.text))
		}
	}
	addInt(o, "minItems", c.MinItems)
	addInt(o, "maxItems", c.MaxItems)
	if c.UniqueItems {
		o.add("uniqueItems", "true")
	}
	addInt(o, "minProperties", c.MinProperties)
	addInt(o, "maxProperties", c.MaxProperties)
}

func (p *printer) applicators(o *object, s *model.Schema) {
	p.list(o, "allOf", s.AllOf)
	p.list(o, "anyOf", s.AnyOf)
	p.list(o, "oneOf", s.OneOf)
	p.one(o, "not", s.Not)
	p.one(o, "if", s.If)
	p.one(o, "then", s.Then)
	p.one(o, "else", s.Else)
}

func (p *printer) properties(o *object, s *model.Schema) {
	p.named(o, "properties", s.Properties)
	p.patterns(o, s.PatternProperties)
	p.one(o, "additionalProperties", s.Additional)
	p.one(o, "propertyNames", s.PropertyNames)
	if len(s.Required) > 0 {
		o.add("required", quoted(s.Required))
	}
	if len(s.DependentRequired) > 0 {
		dependent := &object{}
		for _, d := range s.DependentRequired {
			dependent.add(d.Name, quoted(d.Required))
		}
		o.add("dependentRequired", dependent)
	}
	p.named(o, "dependentSchemas", s.DependentSchemas)
	p.one(o, "unevaluatedProperties", s.UnevaluatedProps)
}

func (p *printer) items(o *object, s *model.Schema) {
	p.list(o, "prefixItems", s.PrefixItems)
	p.one(o, "items", s.Items)
	p.one(o, "contains", s.Contains)
	addInt(o, "minContains", s.MinContains)
	addInt(o, "maxContains", s.MaxContains)
	if s.ContainsUncounted {
		o.add("x-containsUncounted", "true")
	}
	p.one(o, "unevaluatedItems", s.UnevaluatedItems)
}

// patterns prints patternProperties: as an object, and those that RE2 can't
// express as a list.
func (p *printer) patterns(o *object, list []model.PatternProperty) {
	plain, others := &object{}, []any{}
	for _, pp := range list {
		// Two patterns may be one in RE2, and a name stands once in an object.
		if re2(pp.Pattern) && !slices.Contains(plain.names, pp.Pattern.RE2) {
			plain.add(pp.Pattern.RE2, p.schema(pp.Schema))
			continue
		}
		p.ecma = true
		other := &object{}
		other.add("ecma", model.Quote(pp.Pattern.Source))
		other.add("schema", p.schema(pp.Schema))
		others = append(others, other)
	}
	if len(plain.names) > 0 {
		o.add("patternProperties", plain)
	}
	if len(others) > 0 {
		o.add("x-patternProperties", others)
	}
}

func (p *printer) pattern(re *model.Pattern) any {
	if re2(re) {
		return model.Quote(re.RE2)
	}
	p.ecma = true
	o := &object{}
	o.add("ecma", model.Quote(re.Source))
	return o
}

// re2 tells whether Go's regexp expresses the pattern.
func re2(p *model.Pattern) bool { return p.RE2 != "" || p.Source == "" }

func (p *printer) one(o *object, keyword string, s *model.Schema) {
	if s != nil {
		o.add(keyword, p.schema(s))
	}
}

func (p *printer) list(o *object, keyword string, schemas []*model.Schema) {
	if schemas == nil {
		return
	}
	values := make([]any, len(schemas))
	for i, s := range schemas {
		values[i] = p.schema(s)
	}
	o.add(keyword, values)
}

func (p *printer) named(o *object, keyword string, list []model.Property) {
	if len(list) == 0 {
		return
	}
	inner := &object{}
	for _, property := range list {
		inner.add(property.Name, p.schema(property.Schema))
	}
	o.add(keyword, inner)
}

// typeNames returns the value of type; nil if s has none.
func typeNames(s *model.Schema) any {
	var names []any
	for _, one := range []struct {
		bit  model.JSONType
		name string
	}{
		{model.JSONNull, "null"}, {model.JSONBool, "boolean"}, {model.JSONNumber, "number"},
		{model.JSONString, "string"}, {model.JSONArray, "array"}, {model.JSONObject, "object"},
	} {
		name := one.name
		if one.bit == model.JSONNumber && s.Int {
			if name = "integer"; s.Strict {
				name = "strictInteger"
			}
		}
		if s.Types&one.bit != 0 {
			names = append(names, model.Quote(name))
		}
	}
	switch len(names) {
	case 0:
		return nil
	case 1:
		return names[0]
	}
	return names
}

func addText(o *object, keyword, text string) {
	if text != "" {
		o.add(keyword, text)
	}
}

func addInt(o *object, keyword string, n *int) {
	if n != nil {
		o.add(keyword, strconv.Itoa(*n))
	}
}

func texted(list []string) []any {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = s
	}
	return values
}

func quoted(list []string) []any {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = model.Quote(s)
	}
	return values
}
