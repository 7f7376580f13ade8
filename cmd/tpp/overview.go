package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

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

// An actionPage is what describe shows of an action.
type actionPage struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Deprecated  string          `json:"deprecated,omitempty"`
	Request     *typePage       `json:"request"`
	Response    *typePage       `json:"response"` // of a stream: each item
	Reply       string          `json:"reply"`    // where the response sits in the body
	Stream      bool            `json:"stream,omitempty"`
	Ack         json.RawMessage `json:"ack,omitempty"`
	End         string          `json:"end,omitempty"`
	Errors      []errorLine     `json:"errors,omitempty"`
	Idempotent  bool            `json:"idempotent,omitempty"`
	NoAuth      bool            `json:"no_auth,omitempty"`
	NoEnvelope  bool            `json:"no_envelope,omitempty"`
	Skeleton    json.RawMessage `json:"skeleton"`

	uses []*typePage // the types that are mentioned, from the request on
}

func (d *describing) action(a *model.Action) *actionPage {
	p := &actionPage{
		Name: a.Name, Description: a.Doc, Deprecated: a.Deprecated,
		Request: describeType(a.Request), Response: describeType(a.Response), Reply: replyText(a.Reply),
		Errors: errorLines(a.Errors), Idempotent: a.Idempotent, NoAuth: a.NoAuth, NoEnvelope: a.NoEnvelope,
		Skeleton: d.requestOf(a),
	}
	if s := a.Stream; s != nil {
		p.Stream = true
		p.Ack = rawOrNil(s.Ack)
		p.End = map[model.StreamEnd]string{model.EndClose: "close", model.EndNull: "null", model.EndNever: "never"}[s.End]
	}
	for _, t := range mentioned(a.Request, a.Response) {
		p.uses = append(p.uses, describeType(t))
	}
	return p
}

// replyText says where a result sits, as a contract does.
func replyText(r model.Reply) string {
	switch r.Kind {
	case model.Bare:
		return "bare"
	case model.KeyNamed:
		return "key " + r.Key
	case model.KeyFrom:
		return "keyFrom " + r.Key
	}
	return "keyed"
}

func (p *actionPage) text(b *bytes.Buffer) {
	fmt.Fprintf(b, "%s\n", p.Name)
	paragraph(b, "", p.Description)
	deprecation(b, "", p.Deprecated)

	b.WriteString("\nRequest: ")
	p.Request.text(b)
	if p.Stream {
		b.WriteString("\nEach item: ")
	} else {
		b.WriteString("\nResponse: ")
	}
	p.Response.text(b)
	b.WriteByte('\n')
	for _, note := range p.notes() {
		fmt.Fprintf(b, "%s\n", note)
	}
	for _, t := range p.uses {
		b.WriteByte('\n')
		t.text(b)
	}
	errorsText(b, p.Errors)
	heading(b, "Skeleton of a request")
	fmt.Fprintf(b, "%s\n", indented(p.Skeleton))
}

// replyNote says where the result sits.
func (p *actionPage) replyNote() string {
	what := "result"
	if p.Stream {
		what = "item"
	}
	how, key, _ := strings.Cut(p.Reply, " ")
	switch how {
	case "bare":
		return "The body is the " + what + " itself."
	case "keyFrom":
		return fmt.Sprintf("The body holds the %s under the value of the request's %q.", what, key)
	}
	return fmt.Sprintf("The body is {%q: %s}.", cmp.Or(key, p.Name), what)
}

// notes says how the action behaves.
func (p *actionPage) notes() []string {
	notes := []string{p.replyNote()}
	switch p.End {
	case "close":
		notes = append(notes, "The stream ends when the service closes it.")
	case "null":
		notes = append(notes, "The stream ends with a null body.")
	case "never":
		notes = append(notes, "The stream never ends by itself.")
	}
	if p.Ack != nil {
		notes = append(notes, fmt.Sprintf("It opens with the acknowledgement %s.", p.Ack))
	}
	if p.Idempotent {
		notes = append(notes, "It may be sent again when unsure.")
	}
	if p.NoAuth {
		notes = append(notes, "It needs no token.")
	}
	if p.NoEnvelope {
		notes = append(notes, "It carries no envelope keys.")
	}
	return notes
}

// table writes rows with aligned columns, indented by two.
func table(b *bytes.Buffer, rows func(row func(cells ...any))) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	rows(func(cells ...any) {
		for i, c := range cells {
			sep := "\t"
			if i == 0 {
				sep = "  "
			}
			fmt.Fprint(w, sep, c)
		}
		fmt.Fprintln(w)
	})
	w.Flush()
}
