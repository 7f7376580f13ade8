package contract

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/model"
)

var actionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.:/-]*$`)

// ourPrefix begins the names of actions that every service may have, such as
// tpp.contract.
const ourPrefix = "tpp."

// actions reads what the service can be asked to do.
func (r *reader) actions(root *document.Node) {
	n := root.Member("actions")
	if n == nil {
		if r.Lacks(root, "actions") {
			r.Problems.Add(root.Pos(), `the contract has no key "actions": add what the service can be asked to do`)
		}
		return
	}
	if !r.Object(n, "actions") {
		return
	}
	if len(n.Members) == 0 {
		r.Problems.Add(n.Pos(), "actions is empty: add what the service can be asked to do")
	}
	seen := map[string]bool{}
	for i := range n.Members {
		m := &n.Members[i]
		if seen[m.Name] {
			continue // gen/document has reported it
		}
		seen[m.Name] = true
		if !actionName.MatchString(m.Name) {
			r.Problems.Add(m.Key.Pos(), "action name %q must begin with a letter and have letters, digits and _ - . : / only", m.Name)
		}
		if strings.HasPrefix(m.Name, ourPrefix) {
			r.Problems.Add(m.Key.Pos(), "action name %q begins with %s, as the actions of tpp itself do: choose another", m.Name, ourPrefix)
		}
		a := &action{reader: r, member: m, what: fmt.Sprintf("action %q", m.Name), model: &model.Action{Name: m.Name, Pos: m.Key.Pos()}}
		a.read(m.Value)
		r.contract.Service.Actions = append(r.contract.Service.Actions, a.model)
	}
}

// An action is read into a model.Action.
type action struct {
	*reader
	model  *model.Action
	member *document.Member
	what   string // for messages
}

func (a *action) read(n *document.Node) {
	if !a.Object(n, a.what) {
		return
	}
	a.Keys(n, a.what, "description", "deprecated", "request", "response", "reply", "stream", "upload", "errors",
		"idempotent", "auth", "envelope", "wire", "x-go-name")
	a.model.Description = a.description(n)
	a.model.Deprecated = a.deprecation(n)
	a.model.Names = a.goName(n)
	a.model.Idempotent = a.Bool(n.Member("idempotent"), "idempotent")
	if auth := n.Member("auth"); auth != nil {
		a.model.NoAuth = true
		if text, _ := auth.Str(); text != "none" {
			a.Problems.Add(auth.Pos(), "auth can only be none; leave it out if the token is to be checked")
		}
	}
	if env := n.Member("envelope"); env != nil {
		a.model.NoEnvelope = true
		if env.Kind != document.Bool || env.Bool {
			a.Problems.Add(env.Pos(), "envelope can only be false here; leave it out if the action carries the contract's envelope keys")
		}
	}
	a.request(n.Member("request"))
	a.upload(n)
	a.answer(n)
	a.mayFail(n.Member("errors"))
	a.wire(n.Member("wire"))
}

// words returns what the name of a type of the action is made of.
func (a *action) words(part string) []string { return []string{a.model.Name, part} }

// request reads the schema of the request. If there is none, the action has no
// parameters, and accepts whatever object it gets.
func (a *action) request(n *document.Node) {
	if n != nil {
		a.slot(n, "request", Slot{Place: Request, Action: a.model, Words: a.words("request")})
		return
	}
	pos := a.model.Pos
	a.model.Request = &model.Type{
		Kind: model.Struct, Declared: true,
		Words: a.words("request"),
		Pos:   pos,
		Open:  &model.Type{Kind: model.Any, Pos: pos},

		Schema: &model.Schema{Pos: pos, Types: model.JSONObject},
	}
}

// upload reads what the items are that the caller sends behind the request.
func (a *action) upload(action *document.Node) {
	n := action.Member("upload")
	if n == nil || !a.Object(n, "upload") {
		return
	}
	a.Keys(n, "upload", "item")
	if item := n.Member("item"); item != nil {
		a.slot(item, "item", Slot{Place: UploadItem, Action: a.model, Words: a.words("upload")})
	} else if a.Lacks(n, "item") {
		a.Problems.Add(action.Key("upload").Pos(), "upload has no item: add the schema of one item")
	}
}

// answer reads what the action answers with: one response, or a stream.
func (a *action) answer(n *document.Node) {
	response, stream := n.Member("response"), n.Member("stream")
	switch {
	case response == nil && stream == nil:
		if !a.Lacks(n, "response") || !a.Lacks(n, "stream") {
			break
		}
		a.Problems.Add(a.model.Pos, "%s has no response: add response, or stream for one with many items", a.what)
	case response != nil && stream != nil:
		a.Problems.Add(n.Key("stream").Pos(), "%s has both response and stream: keep stream if it answers with many items, else response", a.what)
	}
	if response != nil {
		a.slot(response, "response", Slot{Place: Response, Action: a.model, Words: a.words("response")})
	}
	if stream != nil {
		a.model.Reply.Kind = model.Bare
		a.stream(stream)
	}
	if reply := n.Member("reply"); reply != nil {
		a.model.Reply = a.reply(reply)
	}
}

// stream reads how a stream begins and ends, and what its items are.
func (a *action) stream(n *document.Node) {
	s := &model.Stream{}
	a.model.Stream = s
	if !a.Object(n, "stream") {
		return
	}
	a.Keys(n, "stream", "item", "ack", "end")
	if item := n.Member("item"); item != nil {
		a.slot(item, "item", Slot{Place: Response, Action: a.model, Words: a.words("item")})
	} else if a.Lacks(n, "item") {
		a.Problems.Add(a.member.Value.Key("stream").Pos(), "stream has no item: add the schema of one item")
	}
	a.ack(n)
	end := n.Member("end")
	if end != nil && end.Kind == document.Null { // in YAML, null without quotes
		s.End = model.EndNull
		return
	}
	switch text, _ := a.OneOf(end, "end", "close", "null", "never"); text {
	case "null":
		s.End = model.EndNull
	case "never":
		s.End = model.EndNever
	}
}

// ack reads the constant that opens a stream.
func (a *action) ack(stream *document.Node) {
	n := stream.Member("ack")
	if n == nil {
		return
	}
	if n.Kind != document.Object {
		a.Problems.Add(n.Pos(), "ack must be an object that holds a constant: write {const: VALUE}")
		return
	}
	a.Keys(n, "ack", "const", "reply")
	value := n.Member("const")
	if value == nil {
		a.Problems.Add(stream.Key("ack").Pos(), "ack must be a constant: add const with its value")
		return
	}
	a.model.Stream.Ack = value.JSON()
	if reply := n.Member("reply"); reply != nil {
		a.model.Stream.AckReply = a.reply(reply)
	}
}

// reply reads where a result sits in the body.
func (a *action) reply(n *document.Node) model.Reply {
	if n.Kind != document.Object {
		text, ok := n.Str()
		if text != "keyed" && text != "bare" {
			a.Problems.Add(n.Pos(), "reply must be keyed, bare, {key: NAME} or {keyFrom: PROPERTY}, not %s%s", n.JSON(), gen.Suggest(text, []string{"keyed", "bare"}))
		}
		if ok && text == "bare" {
			return model.Reply{Kind: model.Bare}
		}
		return model.Reply{}
	}
	a.Keys(n, "reply", "key", "keyFrom")
	key, from := n.Member("key"), n.Member("keyFrom")
	switch {
	case key != nil && from != nil:
		a.Problems.Add(n.Key("keyFrom").Pos(), "reply has both key and keyFrom: keep key if it's always the same, else keyFrom")
	case key != nil:
		name, _ := a.NonEmpty(key, "key")
		return model.Reply{Kind: model.KeyNamed, Key: name}
	case from != nil:
		name, ok := a.NonEmpty(from, "keyFrom")
		if request := a.member.Value.Member("request"); ok && (request == nil || request.IsSchema()) {
			a.contract.KeyFroms = append(a.contract.KeyFroms, KeyFrom{Property: from, Request: request})
		}
		return model.Reply{Kind: model.KeyFrom, Key: name}
	default:
		a.Problems.Add(n.Pos(), "reply names no key: write {key: NAME}, {keyFrom: PROPERTY}, keyed or bare")
	}
	return model.Reply{}
}

// mayFail reads the names of the errors that the action may answer with.
func (a *action) mayFail(n *document.Node) {
	if n == nil {
		return
	}
	if n.Kind != document.Array {
		a.WrongKind(n, "errors", document.Array)
		return
	}
	seen := map[string]bool{}
	for _, item := range n.Items {
		name, ok := a.Text(item, "the name of an error")
		switch e := a.errors[name]; {
		case !ok:
		case e == nil:
			hint := gen.Suggest(name, slices.Sorted(maps.Keys(a.errors)))
			if hint == "" {
				hint = ": add it to the contract's errors"
			}
			a.Problems.Add(item.Pos(), "there is no error %q%s", name, hint)
		case seen[name]:
			a.Problems.Add(item.Pos(), "error %q stands here twice: remove one", name)
		default:
			a.model.Errors = append(a.model.Errors, e)
		}
		seen[name] = true
	}
}

var wireName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// wire reads what other protocols want to know. It's theirs to understand.
func (a *action) wire(n *document.Node) {
	if !a.Object(n, "wire") {
		return
	}
	a.model.Wire = map[string]string{}
	for i := range n.Members {
		m := &n.Members[i]
		if !wireName.MatchString(m.Name) {
			a.Problems.Add(m.Key.Pos(), "protocol name %q must begin with a small letter and have small letters, digits and - only", m.Name)
		}
		if a.Object(m.Value, fmt.Sprintf("wire %q", m.Name)) {
			a.model.Wire[m.Name] = m.Value.JSON()
		}
	}
}
