package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/tpp-rpc/tpp/gen/model"
)

// A typePage is what describe shows of a type.
type typePage struct {
	Name        string     `json:"name,omitempty"` // "" if it has none
	Type        string     `json:"type"`
	Rules       []string   `json:"rules,omitempty"`
	Description string     `json:"description,omitempty"`
	Deprecated  string     `json:"deprecated,omitempty"`
	Properties  []property `json:"properties,omitempty"`
	Others      string     `json:"others,omitempty"` // the type of further properties; "" if there are none
}

// A property is one property of an object.
type property struct {
	Name        string          `json:"name"`
	Type        string          `json:"type"`
	Required    bool            `json:"required,omitempty"`
	Default     json.RawMessage `json:"default,omitempty"`
	Rules       []string        `json:"rules,omitempty"` // "secret" among them: it never reaches a log
	Description string          `json:"description,omitempty"`
	Deprecated  string          `json:"deprecated,omitempty"`
}

func describeType(t *model.Type) *typePage {
	p := &typePage{Type: shape(t), Rules: rules(t), Description: t.Doc, Deprecated: t.Deprecated, Properties: properties(t)}
	if t.Declared {
		p.Name = typeName(t)
	}
	if t.Kind == model.Struct && t.Open != nil {
		p.Others = reference(t.Open)
	}
	return p
}

func properties(t *model.Type) []property {
	var list []property
	for _, f := range t.Fields {
		p := property{
			Name: f.Name, Type: reference(f.Type), Required: f.Required,
			Default: rawOrNil(f.Default), Description: f.Doc, Deprecated: f.Deprecated,
		}
		if !f.Type.Declared {
			p.Rules = rules(f.Type)
		}
		if f.Secret {
			p.Rules = append(p.Rules, "secret")
		}
		list = append(list, p)
	}
	return list
}

// rawOrNil returns a JSON text, or nil for "".
func rawOrNil(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

func (p *typePage) text(b *bytes.Buffer) {
	line := p.Type
	if p.Name != "" {
		line = p.Name + " = " + p.Type
	}
	fmt.Fprintf(b, "%s%s\n", line, parenthesis(p.Rules))
	paragraph(b, "    ", p.Description)
	deprecation(b, "    ", p.Deprecated)
	for _, f := range p.Properties {
		f.text(b)
	}
	if p.Others != "" && p.Properties != nil {
		fmt.Fprintf(b, "  *: %s\n", p.Others)
	}
}

func (p *property) text(b *bytes.Buffer) {
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
