package describe

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/tpp-rpc/tpp/gen/model"
)

// A Type shows a type.
type Type struct {
	Name        string     `json:"name,omitempty"` // "" if it has none
	Type        string     `json:"type"`           // its shape
	Rules       []string   `json:"rules,omitempty"`
	Description string     `json:"description,omitempty"`
	Deprecated  string     `json:"deprecated,omitempty"`
	Properties  []Property `json:"properties,omitempty"`
	Others      string     `json:"others,omitempty"` // the type of further properties; "" if there can't be any
}

// A Property is one property of an object.
type Property struct {
	Name        string          `json:"name"` // of those that match a pattern, the pattern between slashes
	Type        string          `json:"type"`
	Required    bool            `json:"required,omitempty"`
	Default     json.RawMessage `json:"default,omitempty"`
	Rules       []string        `json:"rules,omitempty"` // one of them is "secret" if it must not reach a log
	Description string          `json:"description,omitempty"`
	Deprecated  string          `json:"deprecated,omitempty"`
}

func newType(t *model.Type) *Type {
	p := &Type{Type: shape(t), Rules: rules(t), Description: t.Doc(), Deprecated: t.Deprecated}
	if t.Declared {
		p.Name = typeName(t)
	}
	if sameName(t) {
		t = t.Elem
	}
	p.Properties = properties(t)
	if t.Kind == model.Struct && t.Open != nil {
		p.Others = reference(t.Open)
	}
	return p
}

// newTypes returns the types with names of their own. Of a type that may be
// null and the one it holds, it's the first if both have the same name.
func newTypes(types []*model.Type) []*Type {
	list := []*Type{}
	seen := map[string]bool{}
	for _, t := range types {
		if name := typeName(t); !seen[name] {
			seen[name] = true
			list = append(list, newType(t))
		}
	}
	return list
}

// sameName reports whether t is null or a type with the name of t.
func sameName(t *model.Type) bool {
	return t.Kind == model.Nullable && t.Declared && t.Elem.Declared && typeName(t) == typeName(t.Elem)
}

func properties(t *model.Type) []Property {
	var list []Property
	for _, f := range t.Fields {
		p := Property{
			Name: f.Name, Type: reference(f.Type), Required: f.Required,
			Default: raw(f.Default), Description: f.Doc(), Deprecated: f.Deprecated,
		}
		if !f.Type.Declared {
			p.Rules = rules(f.Type)
		}
		if f.Secret {
			p.Rules = append(p.Rules, "secret")
		}
		list = append(list, p)
	}
	for _, g := range t.Groups {
		for _, pattern := range g.Patterns {
			list = append(list, Property{
				Name: "/" + pattern.Source + "/", Type: reference(g.Type), Description: g.Doc(), Deprecated: g.Deprecated,
			})
		}
	}
	return list
}

// raw returns a JSON text, or nil for "".
func raw(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

// Text shows the shape and the properties.
func (p *Type) Text() string {
	var b bytes.Buffer
	p.write(&b)
	return page(&b)
}

func (p *Type) write(b *bytes.Buffer) {
	line := p.Type
	if p.Name != "" {
		line = p.Name + " = " + p.Type
	}
	fmt.Fprintf(b, "%s%s\n", line, parenthesis(p.Rules))
	paragraph(b, "    ", p.Description)
	deprecation(b, "    ", p.Deprecated)
	for _, f := range p.Properties {
		f.write(b)
	}
	if p.Others != "" && p.Properties != nil {
		fmt.Fprintf(b, "  *: %s\n", p.Others)
	}
}

func (p *Property) write(b *bytes.Buffer) {
	mark, byDefault := "?", ""
	if p.Required {
		mark = ""
	}
	if p.Default != nil {
		byDefault = " = " + string(p.Default)
	}
	fmt.Fprintf(b, "  %s%s: %s%s%s\n", p.Name, mark, p.Type, byDefault, parenthesis(p.Rules))
	paragraph(b, "      ", p.Description)
	deprecation(b, "      ", p.Deprecated)
}
