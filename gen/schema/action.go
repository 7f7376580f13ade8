package schema

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/tpp-rpc/tpp/gen/model"
)

var actionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.:/-]*$`)

// actions reads what the service can be asked to do.
func (c *contract) actions(root *Node) {
	n := root.Member("actions")
	if n == nil {
		if c.lacks(root, "actions") {
			c.problems.Add(root.Pos(), `the contract has no key "actions": add what the service can be asked to do`)
		}
		return
	}
	if !c.object(n, "actions") {
		return
	}
	if len(n.Members) == 0 {
		c.problems.Add(n.Pos(), "actions is empty: add what the service can be asked to do")
	}
	names := namesakes{what: "actions"}
	seen := map[string]bool{}
	for i := range n.Members {
		m := &n.Members[i]
		if seen[m.Name] {
			continue // the reader of the file has told
		}
		seen[m.Name] = true
		if !actionName.MatchString(m.Name) {
			c.problems.Add(m.Key.Pos(), "action name %q must begin with a letter and have letters, digits and _ - . : / only", m.Name)
		}
		a := &action{contract: c, member: m, what: fmt.Sprintf("action %q", m.Name), Action: &model.Action{Name: m.Name, Pos: m.Key.Pos()}}
		a.read()
		names.add(c.problems, m, a.Names)
		c.service.Actions = append(c.service.Actions, a.Action)
	}
}

// An action is read into a model.Action.
type action struct {
	*model.Action
	*contract
	member *Member
	what   string // for messages
	asks   *slot  // the request; nil if it has no schema
}

func (a *action) read() {
	n := a.member.Value
	if !a.object(n, a.what) {
		return
	}
	a.keys(n, a.what, "description", "deprecated", "request", "response", "reply", "stream", "errors",
		"idempotent", "auth", "envelope", "wire", "x-go-name")
	a.Doc = a.description(n)
	a.Deprecated = a.deprecation(n)
	a.Names = a.goName(n)
	a.Idempotent = a.boolean(n.Member("idempotent"), "idempotent")
	if auth := n.Member("auth"); auth != nil {
		a.NoAuth = true
		if text, _ := auth.Str(); text != "none" {
			a.problems.Add(auth.Pos(), "auth can only be none; leave it out if the token is to be checked")
		}
	}
	if env := n.Member("envelope"); env != nil {
		a.NoEnvelope = true
		if env.Kind != Bool || env.Bool {
			a.problems.Add(env.Pos(), "envelope can only be false here; leave it out if the action carries the contract's envelope keys")
		}
	}
	a.request(n.Member("request"))
	a.answer(n)
	a.mayFail(n.Member("errors"))
	a.wire(n.Member("wire"))
}

// part notes that the type of the schema n goes to t.
func (a *action) part(n *Node, name, path string, t **model.Type) *slot {
	s := &slot{
		path:  a.pointer(path),
		words: a.words(name),
		set:   func(found *model.Type) { *t = found },
	}
	a.slot(n, name, s)
	return s
}

// words returns what the name of a type of the action is made of.
func (a *action) words(part string) []string {
	if name := a.Names["go"]; name != "" {
		return []string{name, part}
	}
	return []string{a.Name, part}
}

// pointer returns where a part of the action stands.
func (a *action) pointer(part string) string {
	return "/actions/" + escapeToken(a.Name) + "/" + part
}

// request reads the schema of the request. If there is none, the action has no
// parameters and keeps quiet about whatever it gets.
func (a *action) request(n *Node) {
	if n == nil {
		a.Request = &model.Type{
			Kind: model.Struct, Declared: true,
			Words: a.words("request"),
			Pos:   a.member.Key.Pos(),
			Open:  &model.Type{Kind: model.Any, Pos: a.member.Key.Pos()},

			Schema: &model.Schema{Pos: a.member.Key.Pos(), Types: model.JSONObject},
		}
		return
	}
	a.asks = a.part(n, "request", "request", &a.Request)
}

// answer reads what the action answers with: one response, or a stream.
func (a *action) answer(n *Node) {
	response, stream := n.Member("response"), n.Member("stream")
	switch {
	case response == nil && stream == nil:
		if !a.lacks(n, "response") || !a.lacks(n, "stream") {
			break
		}
		a.problems.Add(a.member.Key.Pos(), "%s doesn't tell what it answers: add response, or stream if it answers with many items", a.what)
	case response != nil && stream != nil:
		a.problems.Add(n.Key("stream").Pos(), "%s has both response and stream: keep stream if it answers with many items, else response", a.what)
	}
	if response != nil {
		a.part(response, "response", "response", &a.Response)
	}
	if stream != nil {
		a.Reply.Kind = model.Bare
		a.stream(stream)
	}
	if r := n.Member("reply"); r != nil {
		a.Reply = a.reply(r)
	}
}

// stream reads how a stream begins and ends, and what its items are.
func (a *action) stream(n *Node) {
	a.Stream = &model.Stream{}
	if !a.object(n, "stream") {
		return
	}
	a.keys(n, "stream", "item", "ack", "end")
	if item := n.Member("item"); item != nil {
		a.part(item, "item", "stream/item", &a.Response)
	} else if a.lacks(n, "item") {
		a.problems.Add(a.member.Value.Key("stream").Pos(), "stream has no item: add the schema of one item")
	}
	a.ack(n)
	end := n.Member("end")
	if end != nil && end.Kind == Null { // in YAML, null without quotes
		a.Stream.End = model.EndNull
		return
	}
	switch text, _ := a.oneOf(end, "end", "close", "null", "never"); text {
	case "null":
		a.Stream.End = model.EndNull
	case "never":
		a.Stream.End = model.EndNever
	}
}

// ack reads the constant that opens a stream.
func (a *action) ack(stream *Node) {
	n := stream.Member("ack")
	if n == nil {
		return
	}
	if n.Kind != Object {
		a.problems.Add(n.Pos(), "ack must be an object that holds a constant: write {const: VALUE}")
		return
	}
	a.keys(n, "ack", "const", "reply")
	value := n.Member("const")
	if value == nil {
		a.problems.Add(stream.Key("ack").Pos(), "ack must be a constant: add const with its value")
		return
	}
	a.Stream.Ack = value.JSON()
	if r := n.Member("reply"); r != nil {
		a.Stream.AckReply = a.reply(r)
	}
}

// reply reads where a result sits in the body.
func (a *action) reply(n *Node) model.Reply {
	if n.Kind != Object {
		text, ok := a.oneOf(n, "reply", "keyed", "bare")
		if ok && text == "bare" {
			return model.Reply{Kind: model.Bare}
		}
		return model.Reply{}
	}
	a.keys(n, "reply", "key", "keyFrom")
	key, from := n.Member("key"), n.Member("keyFrom")
	switch {
	case key != nil && from != nil:
		a.problems.Add(n.Key("keyFrom").Pos(), "reply has both key and keyFrom: keep key if it's always the same, else keyFrom")
	case key != nil:
		name, _ := a.nonEmpty(key, "key")
		return model.Reply{Kind: model.KeyNamed, Key: name}
	case from != nil:
		name, ok := a.nonEmpty(from, "keyFrom")
		if ok {
			a.later(func(l *lowerer) { a.keyFrom(l, from, name) })
		}
		return model.Reply{Kind: model.KeyFrom, Key: name}
	default:
		a.problems.Add(n.Pos(), "reply names no key: write {key: NAME}, {keyFrom: PROPERTY}, keyed or bare")
	}
	return model.Reply{}
}

// keyFrom checks that every request holds a string in a property, by which its
// answer is keyed.
func (a *action) keyFrom(l *lowerer, n *Node, name string) {
	var names []string
	var property *model.Schema
	required := false
	if a.asks != nil {
		if a.asks.schema == nil {
			return // it's no schema, which has been told
		}
		for _, p := range append(l.parts(a.asks.schema), a.asks.schema) {
			if l.astray(p) {
				return // so has that its reference leads nowhere
			}
			for _, prop := range p.Properties {
				names = append(names, prop.Name)
				if prop.Name == name {
					property = prop.Schema
				}
			}
			required = required || slices.Contains(p.Required, name)
		}
	}
	switch {
	case property == nil:
		a.problems.Add(n.Pos(), "keyFrom names property %q, which the request doesn't have%s", name, suggest(name, names))
	case !required:
		a.problems.Add(n.Pos(), "keyFrom names property %q, which a request may leave out: add it to required", name)
	case l.jsonTypes(property)&^model.JSONString != 0:
		a.problems.Add(n.Pos(), "keyFrom names property %q, which isn't always a string: give it type: string", name)
	}
}

// astray reports whether s has a reference that leads nowhere.
func (l *lowerer) astray(s *model.Schema) bool {
	n := l.nodes[s]
	return n != nil && n.Member("$ref") != nil && s.Ref == nil
}

// mayFail reads the names of the errors that the action may answer with.
func (a *action) mayFail(n *Node) {
	if n == nil {
		return
	}
	if n.Kind != Array {
		a.wrongKind(n, "errors", Array)
		return
	}
	seen := map[string]bool{}
	for _, item := range n.Items {
		name, ok := a.text(item, "the name of an error")
		switch e := a.contract.errors[name]; {
		case !ok:
		case e == nil:
			hint := suggest(name, a.errorNames())
			if hint == "" {
				hint = ": add it to the contract's errors"
			}
			a.problems.Add(item.Pos(), "there is no error %q%s", name, hint)
		case seen[name]:
			a.problems.Add(item.Pos(), "error %q stands here twice: remove one", name)
		default:
			a.Errors = append(a.Errors, e)
		}
		seen[name] = true
	}
}

var wireName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// wire reads what other protocols want to know. It's theirs to understand.
func (a *action) wire(n *Node) {
	if !a.object(n, "wire") {
		return
	}
	a.Wire = map[string]string{}
	for i := range n.Members {
		m := &n.Members[i]
		if !wireName.MatchString(m.Name) {
			a.problems.Add(m.Key.Pos(), "protocol name %q must begin with a small letter and have small letters, digits and - only", m.Name)
		}
		if a.object(m.Value, fmt.Sprintf("wire %q", m.Name)) {
			a.Wire[m.Name] = m.Value.JSON()
		}
	}
}
