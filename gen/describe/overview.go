package describe

import (
	"bytes"
	"cmp"
	"fmt"

	"github.com/tpp-rpc/tpp/gen/model"
)

// An Overview shows a whole contract.
type Overview struct {
	Service     string      `json:"service,omitempty"`
	Version     string      `json:"version,omitempty"`
	Description string      `json:"description,omitempty"`
	Deprecated  string      `json:"deprecated,omitempty"`
	Envelope    []Property  `json:"envelope,omitempty"`
	Actions     []*Action   `json:"actions,omitempty"`
	Types       []*Type     `json:"types"`
	Errors      []ErrorLine `json:"errors,omitempty"`
}

// NewOverview returns the overview of c.
func NewOverview(c *model.Contract, o Options) *Overview {
	p := &Overview{Types: newTypes(c.Types)}
	s := c.Service
	if s == nil {
		return p
	}
	p.Service, p.Version, p.Description, p.Deprecated = s.Name, s.Version, s.Description, s.Deprecated
	if s.Envelope != nil {
		p.Envelope = properties(s.Envelope)
	}
	for _, a := range s.Actions {
		p.Actions = append(p.Actions, action(s, a, o))
	}
	p.Errors = errorLines(s.Errors)
	return p
}

// Text lists actions, types and errors in a line each.
func (p *Overview) Text() string {
	var b bytes.Buffer
	if p.Service != "" {
		fmt.Fprintf(&b, "%s\n", join(p.Service, p.Version))
		paragraph(&b, "", p.Description)
		deprecation(&b, "", p.Deprecated)
	}
	if p.Envelope != nil {
		heading(&b, "Envelope")
		for _, key := range p.Envelope {
			key.write(&b)
		}
	}
	if p.Actions != nil {
		heading(&b, "Actions")
		table(&b, func(row func(cells ...any)) {
			for _, a := range p.Actions {
				row(a.Name, FirstSentence(a.Description))
			}
		})
	}
	if len(p.Types) > 0 {
		heading(&b, "Types")
		table(&b, func(row func(cells ...any)) {
			for _, t := range p.Types {
				row(t.Name, FirstSentence(cmp.Or(t.Description, t.Type)))
			}
		})
	}
	writeErrors(&b, p.Errors)
	return page(&b)
}
