package main

import (
	"bytes"
	"fmt"

	"github.com/tpp-rpc/tpp/gen/model"
)

// An errorPage is what describe shows of an error.
type errorPage struct {
	errorLine
	Actions []string `json:"actions,omitempty"` // that may answer with it
}

// errorNamed returns the page of an error, or nil if there is none.
func (d *describing) errorNamed(name string) *errorPage {
	for _, e := range d.errors() {
		if e.Name != name {
			continue
		}
		p := &errorPage{errorLine: errorLines([]*model.Error{e})[0]}
		for _, a := range d.contract.Service.Actions {
			for _, may := range a.Errors {
				if may == e {
					p.Actions = append(p.Actions, a.Name)
				}
			}
		}
		return p
	}
	return nil
}

// errors returns the errors of the contract, if it is one.
func (d *describing) errors() []*model.Error {
	if d.contract.Service == nil {
		return nil
	}
	return d.contract.Service.Errors
}

func (p *errorPage) text(b *bytes.Buffer) {
	fmt.Fprintf(b, "%s = error, code %d\n", p.Name, p.Code)
	paragraph(b, "", p.Description)
	if p.Match != "" {
		fmt.Fprintf(b, "\nIts message matches %s.\n", p.Match)
	}
	if len(p.Actions) > 0 {
		heading(b, "Answered by")
		for _, a := range p.Actions {
			fmt.Fprintf(b, "  %s\n", a)
		}
	}
}
