package golang

// This file decides the Go names of what belongs to a service.

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
)

// actionNames are the names that belong to an action. Request and response are
// type names, which may have to be declared as aliases.
type actionNames struct {
	method                  string
	constant, variable      string // its name, and what the contract says about it
	request, response       string
	upload                  string // one item of its upload; "" if it has none
	aliasReq, aliasResponse bool
	aliasUpload             bool
	result                  result
}

// A result is how a signature gives the response of an action.
type result int

const (
	byReference result = iota // *Response
	byValue                   // Response, a named type
	inPlace                   // a type without a name; response is what decodes it
	noResult                  // nothing, since it's always the same
)

// reserve takes the names that every service's package declares.
func (n *names) reserve(c *model.Contract) {
	s := c.Service
	service := holder{fmt.Sprintf("service %q", s.Name), s.Pos}
	n.service = exported(s.Name)
	n.unimplemented = "Unimplemented" + n.service
	ours := []string{"Client", "NewClient", "Register", "ContractJSON"}
	if s.Envelope != nil {
		ours = append(ours, "Envelope", "EnvelopeOf")
	}
	for _, name := range ours {
		n.pkg[name] = holder{what: "every service"}
	}
	n.grant(n.pkg, []claim{
		{holder: service, names: []string{n.service}, fix: "another name for it", set: func(string) {}},
		{holder: service, names: []string{n.unimplemented}, fix: "another name for it", set: func(string) {}},
	})
}

// nameService names what belongs to the actions and errors of the service.
func (n *names) nameService(c *model.Contract) {
	actions := make([]actionNames, len(c.Service.Actions))
	var claims []claim
	for i, a := range c.Service.Actions {
		actions[i].method = n.action[a].method
		an, what := &actions[i], fmt.Sprintf("action %q", a.Name)
		want := func(set *string, what string, names ...string) {
			claims = append(claims, claim{
				holder: holder{what, a.Pos}, names: names, key: a.Name,
				set: func(name string) { *set = name },
			})
		}
		want(&an.constant, what, "Action"+an.method)
		want(&an.variable, what, "action"+an.method)
		response, part := an.method+"Response", "the response of "+what
		if a.Stream != nil {
			response, part = an.method+"Item", "the item of "+what
		}
		body := func(t *model.Type, name, what string, set *string, alias *bool) {
			own, ok := n.typ[t]
			switch {
			case !ok: // it has methods, so it's declared even if it could be written in place
				n.types = append(n.types, t)
				n.typ[t] = name // for others that refer to it, until it's granted
				claims = append(claims, claim{
					holder: holder{what, a.Pos}, names: []string{name}, key: a.Name,
					set: func(name string) { n.typ[t], *set = name, name },
				})
			case own == name:
				*set = own
			default:
				*alias = true
				want(set, what, name)
			}
		}
		body(a.Request, an.method+"Request", "the request of "+what, &an.request, &an.aliasReq)
		if a.Upload != nil {
			body(a.Upload, an.method+"Upload", "the upload of "+what, &an.upload, &an.aliasUpload)
		}
		an.result = n.resultOf(a)
		switch {
		case n.carrier[a.Response] && n.typ[a.Response] == "":
			claims = append(claims, claim{
				holder: holder{part, a.Pos}, names: []string{unexported(response)}, key: a.Name,
				set: func(name string) { n.typ[a.Response], an.response = name, name },
			})
		case an.result == byReference:
			body(a.Response, response, part, &an.response, &an.aliasResponse)
		default:
			an.response = n.typ[a.Response]
		}
	}
	for _, e := range c.Service.Errors {
		claims = append(claims, claim{
			holder: holder{fmt.Sprintf("error %q", e.Name), e.Pos}, forced: e.Names[lang], key: e.Name,
			names: []string{"Err" + strings.TrimPrefix(pascal(e.Name), "Err")},
			set:   func(name string) { n.err[e] = name },
		})
	}
	n.grant(n.pkg, claims)
	for i, a := range c.Service.Actions {
		n.action[a] = actions[i]
	}
	n.nameErrorData(c)
}

// nameMethods names the methods for the actions of the service.
func (n *names) nameMethods(c *model.Contract) {
	const withEnvelope = "WithEnvelope"
	methods := scope{withEnvelope: {what: "every client of a service with an envelope"}}
	var claims []claim
	for _, a := range c.Service.Actions {
		name := exported(a.Name)
		if name == withEnvelope {
			name += "Action"
		}
		claims = append(claims, claim{
			holder: holder{fmt.Sprintf("action %q", a.Name), a.Pos}, forced: a.Names[lang], key: a.Name,
			names: []string{name}, set: func(name string) { n.action[a] = actionNames{method: name} },
		})
	}
	n.grant(methods, claims)
}

// nameErrorData names what belongs to the data of errors.
func (n *names) nameErrorData(c *model.Contract) {
	var claims []claim
	data := map[*model.Error]*errDataNames{}
	for _, e := range c.Service.Errors {
		if e.Data == nil {
			continue
		}
		base, d := strings.TrimPrefix(n.err[e], "Err"), new(errDataNames)
		data[e] = d
		want := func(name string, set func(string)) {
			claims = append(claims, claim{
				holder: holder{fmt.Sprintf("the data of error %q", e.Name), e.Pos}, names: []string{name}, key: e.Name, set: set,
			})
		}
		if _, ok := n.typ[e.Data]; !ok { // it has methods, so it's declared
			n.types = append(n.types, e.Data)
			n.typ[e.Data] = base + "Data"
			want(base+"Data", func(name string) { n.typ[e.Data] = name })
		}
		want("New"+n.err[e], func(name string) { d.make = name })
		want(base+"DataOf", func(name string) { d.get = name })
	}
	n.grant(n.pkg, claims)
	for e, d := range data {
		n.errData[e] = *d
	}
}

// errDataNames are the functions that give an error its data and return them.
type errDataNames struct{ make, get string }

// carry finds the responses that signatures give in place: those that are no
// structs and that no author named. Secrets aren't among them, since their type
// hides them from logs.
func (n *names) carry(c *model.Contract) {
	if c.Service == nil {
		return
	}
	inside := map[*model.Type]bool{}
	for t := range c.Walk() {
		for part := range t.Parts() {
			inside[part.Type] = true
		}
	}
	for _, a := range c.Service.Actions {
		t := a.Response
		switch {
		case t.Import[lang] != "":
		case t.Kind == model.Struct, t.Kind == model.Union, t.Kind == model.Tuple, t.Kind == model.Enum:
			continue
		case t.Kind == model.Const && a.Stream != nil:
			continue // an item has to have a type
		}
		if len(t.Words) > 1 && t.Words[0] == a.Name && t.Names[lang] == "" && !inside[t] && !n.holdsSecret(t) {
			n.carrier[t] = true
			if !slices.Contains(n.types, t) {
				n.types = append(n.types, t)
			}
		}
	}
}

// resultOf decides how a signature gives the response of a.
func (n *names) resultOf(a *model.Action) result {
	t := a.Response
	switch t.Kind {
	case model.Const:
		if a.Stream == nil && t.Import[lang] == "" {
			return noResult
		}
	case model.Struct, model.Union, model.Tuple:
		if !n.carrier[t] {
			return byReference
		}
	}
	switch {
	case n.carrier[t]:
		return inPlace
	case n.typ[t] == "":
		return byReference
	}
	return byValue
}
