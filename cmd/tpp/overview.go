package main

import (
	"bytes"
	"cmp"
	"fmt"

	"github.com/tpp-rpc/tpp/gen/model"
)

// An overview is what describe shows of a whole contract.
type overview struct {
	Service     string        `json:"service,omitempty"`
	Version     string        `json:"version,omitempty"`
	Description string        `json:"description,omitempty"`
	Deprecated  string        `json:"deprecated,omitempty"`
	Envelope    []property    `json:"envelope,omitempty"`
	Actions     []*actionPage `json:"actions,omitempty"`
	Types       []*typePage   `json:"types"`
	Errors      []errorLine   `json:"errors,omitempty"`
}

// An errorLine is one error of a contract.
type errorLine struct {
	Name        string `json:"name"`
	Code        int    `json:"code"`
	Description string `json:"description,omitempty"`
	Match       string `json:"match,omitempty"`
}

func (d *describing) overview() *overview {
	o := &overview{Types: []*typePage{}}
	for _, t := range d.contract.Types {
		o.Types = append(o.Types, describeType(t))
	}
	s := d.contract.Service
	if s == nil {
		return o
	}
	o.Service, o.Version, o.Description, o.Deprecated = s.Name, s.Version, s.Doc, s.Deprecated
	if s.Envelope != nil {
		o.Envelope = properties(s.Envelope)
	}
	for _, a := range s.Actions {
		o.Actions = append(o.Actions, d.action(a))
	}
	o.Errors = errorLines(s.Errors)
	return o
}

func errorLines(errs []*model.Error) []errorLine {
	var lines []errorLine
	for _, e := range errs {
		lines = append(lines, errorLine{e.Name, e.Code, e.Doc, e.Match})
	}
	return lines
}

func (o *overview) text(b *bytes.Buffer) {
	if o.Service != "" {
		fmt.Fprintf(b, "%s %s\n", o.Service, o.Version)
		paragraph(b, "", o.Description)
		deprecation(b, "", o.Deprecated)
	}
	if o.Envelope != nil {
		heading(b, "Envelope")
		for _, p := range o.Envelope {
			p.text(b)
		}
	}
	if o.Actions != nil {
		heading(b, "Actions")
		table(b, func(row func(cells ...any)) {
			for _, a := range o.Actions {
				row(a.Name, firstSentence(a.Description))
			}
		})
	}
	if len(o.Types) > 0 {
		heading(b, "Types")
		table(b, func(row func(cells ...any)) {
			for _, t := range o.Types {
				row(t.Name, firstSentence(cmp.Or(t.Description, t.Type)))
			}
		})
	}
	errorsText(b, o.Errors)
}

func errorsText(b *bytes.Buffer, lines []errorLine) {
	if len(lines) == 0 {
		return
	}
	heading(b, "Errors")
	table(b, func(row func(cells ...any)) {
		for _, e := range lines {
			row(e.Code, e.Name, firstSentence(e.Description))
		}
	})
}
