package contract

import (
	"fmt"
	"slices"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/model"
)

// reserved are the envelope's keys that belong to the protocol.
var reserved = []string{"token", "action", "body", "code", "id", "timeout", "cancel", "more", "goaway", "upload"}

// envelope reads the keys of a request other than token, action and body.
func (r *reader) envelope(n *document.Node) {
	if !r.Object(n, "envelope") || len(n.Members) == 0 {
		return
	}
	t := &model.Type{
		Kind: model.Struct, Declared: true,
		Words: []string{"envelope"},
		Pos:   n.Pos(),
		Notes: model.Notes{Description: "The keys that a request carries beside its token, action and body."},
		Open:  &model.Type{Kind: model.Any, Pos: n.Pos()},
	}
	r.contract.Service.Envelope = t
	for i := range n.Members {
		m := &n.Members[i]
		switch {
		case m.Name == "":
			r.Problems.Add(m.Key.Pos(), "an envelope key needs a name")
		case slices.Contains(reserved, m.Name):
			r.Problems.Add(m.Key.Pos(), "envelope key %q belongs to the protocol: use another name", m.Name)
		}
		t.Fields = append(t.Fields, r.envelopeKey(m))
	}
}

func (r *reader) envelopeKey(m *document.Member) *model.Field {
	what := fmt.Sprintf("envelope key %q", m.Name)
	f := &model.Field{Name: m.Name, Pos: m.Key.Pos()}
	if !r.Object(m.Value, what) {
		return f
	}
	r.Keys(m.Value, what, "schema", "required", "description", "x-go-name")
	f.Description = r.description(m.Value)
	f.Names = r.goName(m.Value)
	f.Required = r.Bool(m.Value.Member("required"), "required")
	if n := m.Value.Member("schema"); n != nil {
		r.slot(n, what, Slot{Place: EnvelopeKey, Field: f, Words: []string{"envelope", m.Name}})
	} else if r.Lacks(m.Value, "schema") {
		r.Problems.Add(m.Key.Pos(), "%s has no schema: add the key schema, such as schema: {type: string}", what)
	}
	return f
}
