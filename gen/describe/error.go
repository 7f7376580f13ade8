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
	Match       string `json:"match,omitempty"` // a regular expression for the message
}

func errorLines(errs []*model.Error) []ErrorLine {
	var lines []ErrorLine
	for _, e := range errs {
		lines = append(lines, ErrorLine{e.Name, e.Code, e.Description, e.Match})
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
}

func errorPage(s *model.Service, e *model.Error) *Error {
	p := &Error{ErrorLine: errorLines([]*model.Error{e})[0]}
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
	if p.Match != "" {
		fmt.Fprintf(&b, "\nIts message matches %s.\n", p.Match)
	}
	if len(p.Actions) > 0 {
		heading(&b, "Returned by")
		for _, a := range p.Actions {
			fmt.Fprintf(&b, "  %s\n", a)
		}
	}
	return page(&b)
}
