package describe

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/sample"
)

// An Action shows an action.
type Action struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Deprecated  string          `json:"deprecated,omitempty"`
	Request     *Type           `json:"request"`
	Upload      *Type           `json:"upload,omitempty"` // each item; nil if the action takes no upload
	Response    *Type           `json:"response"`         // of a stream: each item
	Reply       string          `json:"reply"`            // where the response sits in the body
	Stream      bool            `json:"stream,omitempty"`
	Ack         json.RawMessage `json:"ack,omitempty"`
	End         string          `json:"end,omitempty"`
	Errors      []ErrorLine     `json:"errors,omitempty"`
	Idempotent  bool            `json:"idempotent,omitempty"`
	NoAuth      bool            `json:"no_auth,omitempty"`
	NoEnvelope  bool            `json:"no_envelope,omitempty"`
	Envelope    []string        `json:"envelope,omitempty"` // the keys that a request must carry
	Skeleton    json.RawMessage `json:"skeleton"`           // of a request

	uses []*Type // the types that are mentioned, from the request on
}

func action(s *model.Service, a *model.Action, o Options) *Action {
	p := &Action{
		Name: a.Name, Description: a.Description, Deprecated: a.Deprecated,
		Request: newType(a.Request), Response: newType(a.Response), Reply: a.Reply.String(),
		Errors: errorLines(a.Errors), Idempotent: a.Idempotent, NoAuth: a.NoAuth, NoEnvelope: a.NoEnvelope,
		Skeleton: Skeleton(a, o),
	}
	if a.Upload != nil {
		p.Upload = newType(a.Upload)
	}
	if e := s.Envelope; e != nil && !a.NoEnvelope {
		for _, f := range e.Fields {
			if f.Required {
				p.Envelope = append(p.Envelope, f.Name)
			}
		}
	}
	if stream := a.Stream; stream != nil {
		p.Stream = true
		p.Ack = raw(stream.Ack)
		p.End = stream.End.String()
	}
	for _, t := range mentioned(a.Types()...) {
		p.uses = append(p.uses, newType(t))
	}
	return p
}

// Skeleton returns a request of a to fill in.
func Skeleton(a *model.Action, o Options) []byte {
	so := sample.Options{All: o.All}
	if o.Fits != nil {
		so.Fits = func(doc []byte) bool { return o.Fits(a.Request, doc) }
	}
	return sample.Document(a.Request, so)
}

// Text shows the request, the response and how the action behaves, the types
// that these mention, the errors and a skeleton of the request.
func (p *Action) Text() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", p.Name)
	paragraph(&b, "", p.Description)
	deprecation(&b, "", p.Deprecated)

	b.WriteString("\nRequest: ")
	p.Request.write(&b)
	if p.Upload != nil {
		b.WriteString("\nEach item of the upload: ")
		p.Upload.write(&b)
	}
	if p.Stream {
		b.WriteString("\nEach item: ")
	} else {
		b.WriteString("\nResponse: ")
	}
	p.Response.write(&b)
	b.WriteByte('\n')
	for _, note := range p.notes() {
		fmt.Fprintf(&b, "%s\n", note)
	}
	for _, t := range p.uses {
		b.WriteByte('\n')
		t.write(&b)
	}
	writeErrors(&b, p.Errors)
	heading(&b, "Skeleton of a request")
	fmt.Fprintf(&b, "%s\n", Indent(p.Skeleton))
	return page(&b)
}

// notes says how the action behaves, a sentence each.
func (p *Action) notes() []string {
	notes := []string{p.replyNote()}
	switch p.End {
	case "close":
		notes = append(notes, "The stream ends when the service closes it.")
	case "null":
		notes = append(notes, "The stream ends with a null body.")
	case "never":
		notes = append(notes, "The stream ends only when the client leaves.")
	}
	if p.Ack != nil {
		notes = append(notes, fmt.Sprintf("The stream begins with the acknowledgement %s.", p.Ack))
	}
	if p.Idempotent {
		notes = append(notes, "A request may be sent again if its outcome isn't known.")
	}
	if p.NoAuth {
		notes = append(notes, "A request needs no token.")
	}
	switch len(p.Envelope) {
	case 0:
	case 1:
		notes = append(notes, "A request must carry the envelope key "+p.Envelope[0]+".")
	default:
		notes = append(notes, "A request must carry the envelope keys "+strings.Join(p.Envelope, ", ")+".")
	}
	if p.NoEnvelope {
		notes = append(notes, "A request carries no envelope keys.")
	}
	return notes
}

// replyNote says where the result sits.
func (p *Action) replyNote() string {
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
