package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
)

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
	Envelope    []string        `json:"envelope,omitempty"` // the keys that a request must carry
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
	if e := d.contract.Service.Envelope; e != nil && !a.NoEnvelope {
		for _, f := range e.Fields {
			if f.Required {
				p.Envelope = append(p.Envelope, f.Name)
			}
		}
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
	switch len(p.Envelope) {
	case 0:
	case 1:
		notes = append(notes, "It must carry the envelope key "+p.Envelope[0]+".")
	default:
		notes = append(notes, "It must carry the envelope keys "+strings.Join(p.Envelope, ", ")+".")
	}
	if p.NoEnvelope {
		notes = append(notes, "It carries no envelope keys.")
	}
	return notes
}
