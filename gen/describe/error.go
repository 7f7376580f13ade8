package describe

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/tpp-rpc/tpp/gen/model"
)

// An ErrorLine is an error in a list.
type ErrorLine struct {
	Name        string `json:"name"`
	Code        int    `json:"code"`
	Description string `json:"description,omitempty"`
	Message     string `json:"message"`         // if the service says no more
	Match       string `json:"match,omitempty"` // a regular expression for the message
	Data        *Type  `json:"data,omitempty"`
}

func errorLines(errs []*model.Error) []ErrorLine {
	var lines []ErrorLine
	for _, e := range errs {
		line := ErrorLine{e.Name, e.Code, e.Description, e.Message, e.Match, nil}
		if e.Data != nil {
			line.Data = newType(e.Data)
		}
		lines = append(lines, line)
	}
	return lines
}

// writeErrors writes a section with errors, if there are any.
func writeErrors(b *bytes.Buffer, lines []ErrorLine) {
	if len(lines) == 0 {
		return
	}
	heading(b, "Errors")
	table(b, func(row func(cells ...any)) {
		for _, e := range lines {
			row(e.Code, e.Name, FirstSentence(e.Description))
		}
	})
}

// An Error shows an error.
type Error struct {
	ErrorLine
	Actions []string `json:"actions,omitempty"` // those that name it

	uses []*Type // the types that Data mentions
}

func errorPage(s *model.Service, e *model.Error) *Error {
	p := &Error{ErrorLine: errorLines([]*model.Error{e})[0]}
	if e.Data != nil {
		for _, t := range mentioned(e.Data) {
			p.uses = append(p.uses, newType(t))
		}
	}
	for _, a := range s.Actions {
		if slices.Contains(a.Errors, e) {
			p.Actions = append(p.Actions, a.Name)
		}
	}
	return p
}

// Text shows what the error means and which actions return it.
func (p *Error) Text() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s = error, code %d\n", p.Name, p.Code)
	paragraph(&b, "", p.Description)
	fmt.Fprintf(&b, "\nIts message is %q, unless the service says more.\n", p.Message)
	if p.Match != "" {
		fmt.Fprintf(&b, "Every message matches %s.\n", p.Match)
	}
	if p.Data != nil {
		b.WriteString("\nData: ")
		p.Data.write(&b)
		for _, t := range p.uses {
			b.WriteByte('\n')
			t.write(&b)
		}
	}
	if len(p.Actions) > 0 {
		heading(&b, "Returned by")
		for _, a := range p.Actions {
			fmt.Fprintf(&b, "  %s\n", a)
		}
	}
	return page(&b)
}
