package golang

// This file decides the Go names of what belongs to a service.

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/words"
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
	if s == nil {
		return
	}
	n.service = exported(s.Name)
	for _, t := range n.types {
		if t != s.Envelope && n.typeName(t) == n.service {
			n.service += "Service"
			break
		}
	}
	n.unimplemented = "Unimplemented" + n.service
	ours := []string{n.service, n.unimplemented, "Client", "NewClient", "Register", "ContractJSON"}
	if s.Envelope != nil {
		ours = append(ours, "Envelope", "EnvelopeOf")
	}
	for _, name := range ours {
		n.pkg[name] = "what every service has"
	}
}

// nameService names what belongs to the actions and errors of the service.
func (n *names) nameService(c *model.Contract) {
	const withEnvelope = "WithEnvelope"
	methods := scope{}
	if c.Service.Envelope != nil {
		methods[withEnvelope] = "a method of every client"
	}
	actions, errs := namesakes{what: "actions"}, namesakes{what: "errors"}
	forced := map[*model.Action]string{}
	for _, a := range c.Service.Actions {
		if fresh := actions.add(n, a.Name, a.Names, a.Pos); fresh && a.Names[lang] != "" {
			name := a.Names[lang]
			forced[a] = n.force(methods, name, a.Pos)
		}
	}
	for _, a := range c.Service.Actions {
		an := actionNames{method: forced[a]}
		if an.method == "" {
			name := exported(a.Name)
			if name == withEnvelope {
				name += "Action"
			}
			an.method = n.choose(methods, a.Pos, name, exported(words.Spell(a.Name)...))
		}
		an.constant = n.choose(n.pkg, a.Pos, "Action"+an.method)
		an.variable = n.choose(n.pkg, a.Pos, "action"+an.method)
		response := an.method + "Response"
		if a.Stream != nil {
			response = an.method + "Item"
		}
		an.request, an.aliasReq = n.body(a.Request, an.method+"Request", a.Pos)
		if a.Upload != nil {
			an.upload, an.aliasUpload = n.body(a.Upload, an.method+"Upload", a.Pos)
		}
		an.result = n.resultOf(a)
		switch {
		case n.carrier[a.Response]:
			if n.typ[a.Response] == "" {
				n.typ[a.Response] = n.choose(n.pkg, a.Pos, unexported(response))
			}
			an.response = n.typ[a.Response]
		case an.result == byReference:
			an.response, an.aliasResponse = n.body(a.Response, response, a.Pos)
		default:
			an.response = n.typ[a.Response]
		}
		n.action[a] = an
	}
	for _, e := range c.Service.Errors {
		if fresh := errs.add(n, e.Name, e.Names, e.Pos); fresh && e.Names[lang] != "" {
			name := e.Names[lang]
			n.err[e] = n.force(n.pkg, name, e.Pos)
			continue
		}
		n.err[e] = n.choose(n.pkg, e.Pos, "Err"+strings.TrimPrefix(pascal(e.Name), "Err"))
	}
	for _, e := range c.Service.Errors {
		if e.Data == nil {
			continue
		}
		base := strings.TrimPrefix(n.err[e], "Err")
		if _, ok := n.typ[e.Data]; !ok { // it has methods, so it's declared
			n.types = append(n.types, e.Data)
			n.typ[e.Data] = n.choose(n.pkg, e.Pos, base+"Data")
		}
		n.errData[e] = errDataNames{
			make: n.choose(n.pkg, e.Pos, "New"+n.err[e]),
			get:  n.choose(n.pkg, e.Pos, base+"DataOf"),
		}
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
		if len(t.Words) > 1 && t.Words[0] == a.Name && t.Names[lang] == "" && !inside[t] && !model.HoldsSecret(t) {
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

// body returns the name by which an action's signature speaks of t: want,
// which may have to be an alias, or t's own name if want is taken.
func (n *names) body(t *model.Type, want string, pos model.Pos) (name string, alias bool) {
	own, ok := n.typ[t]
	if !ok {
		// A request or response has methods, so it's declared even if its type
		// could be written in place.
		n.types = append(n.types, t)
		n.typ[t] = n.choose(n.pkg, pos, want)
		return n.typ[t], false
	}
	if own == want {
		return own, false
	}
	if _, taken := n.pkg[want]; taken {
		return own, false
	}
	n.pkg[want] = pos.String()
	return want, true
}

// namesakes finds names that Go code couldn't tell apart, since only their
// letters and digits get there. A number behind one of them would tell readers
// nothing, so it's the author who has to choose.
type namesakes struct {
	what string
	seen map[string]string // the name that came first, by the letters
}

// add reports whether no name before is the same, or else adds a problem.
func (s *namesakes) add(n *names, name string, chosen model.Names, at model.Pos) bool {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, cmp.Or(chosen[lang], name))
	if s.seen == nil {
		s.seen = map[string]string{}
	}
	if first, ok := s.seen[letters]; ok {
		n.problems.Add(at, "%s %q and %q get the same name in Go: give one of them another with x-go-name", s.what, first, name)
		return false
	}
	s.seen[letters] = name
	return true
}
