package envelope

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A Request is the envelope of a request, taken apart; what was a part of the
// frame still is. What is wrong in the body is found by whoever decodes it.
type Request struct {
	Token  string
	Action string
	Body   []byte // nil if there is none

	ID      uint64 // 0 if the peer gave none
	Timeout time.Duration
	Cancels bool

	Rest []Member // the other keys
}

// ExplainRequest returns why the request in frame p failed with err: most often
// that's err; but if the frame isn't JSON, then that, whatever was made of it.
func ExplainRequest(p []byte, depth int, err *runtime.Error) *runtime.Error {
	if bad := malformed(p, depth); bad != nil {
		return runtime.AsError(bad)
	}
	return err
}

// A Member is one key of an envelope.
type Member struct {
	Name  []byte // without quotes or escapes
	Value []byte
}

// maxMembers bounds the keys of an envelope.
const maxMembers = 64

// ParseRequest takes the frame p apart; depth bounds its nesting. What is wrong
// with it is a *runtime.Error, as the peer is to be told. Then req.ID is still
// right if it stood before what is wrong.
//
// Token and Action may be those of the request before: peers send the same ones
// again and again, which then need no new strings.
func ParseRequest(p []byte, depth int, req *Request) error {
	last := *req
	*req = Request{}
	if req.parsePlain(p, depth, &last) {
		return nil
	}
	*req = Request{}
	return req.parse(p, depth, &last)
}

// parse is ParseRequest without a shorter way. Req is empty, and last is the
// request before.
func (req *Request) parse(p []byte, depth int, last *Request) error {
	s := scanner{b: p, depth: depth}
	if s.space() != '{' {
		s.value()
		s.end()
		switch {
		case len(p) == 0:
			return ErrEmpty
		case s.err != nil:
			return runtime.AsError(s.err)
		}
		return errNoObject
	}
	var seen keys
	var token, action []byte
	for s.open(); s.member('}'); {
		text, escaped := s.name()
		if escaped {
			text = []byte(unquote(text, true))
		}
		s.space()
		at := s.i
		if string(text) == "body" {
			s.pass()
		} else {
			s.value()
		}
		if s.err != nil {
			break
		}
		if err := seen.add(text); err != nil {
			return err
		}
		value := p[at:s.i]
		switch string(text) {
		case "token":
			token = value
		case "action":
			action = value
		case "body":
			req.Body = value
		case "id":
			if req.ID = positive(value); req.ID == 0 {
				req.Rest = append(req.Rest, Member{text, value})
			}
		default:
			req.Rest = append(req.Rest, Member{text, value})
		}
	}
	s.end()
	if s.err != nil {
		return runtime.AsError(s.err)
	}
	if seen.n == 0 {
		return ErrEmpty
	}
	return req.settle(token, action, last)
}

// parsePlain is ParseRequest for calls as AppendRequest writes them, which are most
// of those in persistent mode; it reports false for all others. Last is the request before.
func (req *Request) parsePlain(p []byte, depth int, last *Request) bool {
	id, rest, ok := PeekID(p)
	if !ok || id == 0 {
		return false
	}
	s := scanner{b: p, i: len(p) - len(rest), depth: depth - 1}
	if s.skip(`"timeout":`) {
		at := s.i
		s.digits()
		if req.Timeout = timeout(p[at:s.i]); req.Timeout == 0 || !s.skip(",") {
			return false
		}
	}
	action, ok := s.plainString(`"action":`)
	if !ok {
		return false
	}
	token, ok := s.plainString(`,"token":`)
	if !ok || !s.skip(`,"body":`) {
		return false
	}
	at := s.i
	s.pass()
	if s.err != nil || string(p[s.i:]) != "}" {
		return false
	}
	req.ID, req.Body = id, p[at:s.i]
	req.Action, req.Token = again(action, last.Action), again(token, last.Token)
	return true
}

// skip steps over text if it's what follows.
func (s *scanner) skip(text string) bool {
	if s.err != nil || len(s.b)-s.i < len(text) || string(s.b[s.i:s.i+len(text)]) != text {
		return false
	}
	s.i += len(text)
	return true
}

// plainString steps over a name, given with its colon, and a string without escapes,
// if that's what follows.
func (s *scanner) plainString(name string) (text []byte, ok bool) {
	if !s.skip(name) || s.i == len(s.b) || s.b[s.i] != '"' {
		return nil, false
	}
	text, escaped := s.string()
	return text, s.err == nil && !escaped
}

// settle makes sense of the values, in the order of the Python peers: the token
// first, then the action. Last is the request before.
func (req *Request) settle(token, action []byte, last *Request) error {
	if req.ID != 0 {
		if err := req.persistent(); err != nil {
			return err
		}
	}
	switch {
	case token == nil || falsy(token):
	case token[0] != '"':
		return runtime.ErrBadToken
	default:
		req.Token = textAgain(token, last.Token)
	}
	switch {
	case action == nil || falsy(action):
	case action[0] != '"':
		return runtime.Errorf(runtime.Failed, "action: a string is expected")
	default:
		req.Action = textAgain(action, last.Action)
	}
	return nil
}

// persistent takes the keys of persistent mode out of the rest. Without an id
// they have no meaning of ours, and are the service's.
func (req *Request) persistent() error {
	rest := req.Rest[:0]
	for _, m := range req.Rest {
		switch string(m.Name) {
		case "timeout":
			if req.Timeout = timeout(m.Value); req.Timeout == 0 {
				return runtime.Errorf(runtime.Failed, "timeout: a positive number of milliseconds is expected")
			}
		case "cancel":
			req.Cancels = string(m.Value) == "true"
		default:
			rest = append(rest, m)
		}
	}
	req.Rest = rest
	return nil
}

// maxTimeout is more than anybody waits, and small enough to be added to now.
const maxTimeout = 100 * 365 * 24 * time.Hour

// timeout returns what the key timeout says; 0 if its value isn't one.
func timeout(value []byte) time.Duration {
	ms := min(positive(value), uint64(maxTimeout/time.Millisecond))
	return time.Duration(ms) * time.Millisecond
}

// ErrEmpty is the error of a request with nothing in it.
var ErrEmpty = &runtime.Error{Code: runtime.Failed, Message: "empty request"}

var errNoObject = &runtime.Error{Code: runtime.Failed, Message: "the request isn't an object"}

// text returns what a string stands for.
func text(value []byte) string {
	t := value[1 : len(value)-1]
	return unquote(t, bytes.IndexByte(t, '\\') >= 0)
}

// textAgain is text that returns last if it's that.
func textAgain(value []byte, last string) string {
	if t := value[1 : len(value)-1]; string(t) == last && bytes.IndexByte(t, '\\') < 0 {
		return last
	}
	return text(value)
}

// again returns text, as last if it's that.
func again(text []byte, last string) string {
	if string(text) == last {
		return last
	}
	return string(text)
}

// positive returns the positive integer that value is, plainly written; 0 if
// it's anything else.
func positive(value []byte) uint64 {
	if len(value) == 0 || value[0] < '1' || value[0] > '9' {
		return 0
	}
	n, err := strconv.ParseUint(string(value), 10, 63)
	if err != nil {
		return 0
	}
	return n
}

// keys are the keys of an envelope that have come.
type keys struct {
	n    int
	room [8][]byte // the first ones, which are mostly all; so they cost no allocation
	more [][]byte  // the others
}

// add refuses a key that was there already: parsers disagree on which one
// counts, so one peer might check what another doesn't use.
func (k *keys) add(name []byte) error {
	for _, known := range [][][]byte{k.room[:min(k.n, len(k.room))], k.more} {
		for _, n := range known {
			if bytes.Equal(n, name) {
				return runtime.Errorf(runtime.Failed, "key %q stands twice in the envelope", name[:min(len(name), 32)])
			}
		}
	}
	switch {
	case k.n < len(k.room):
		k.room[k.n] = name
	case k.n < maxMembers:
		k.more = append(k.more, name)
	default:
		return runtime.Errorf(runtime.Failed, "more than %d keys in the envelope", maxMembers)
	}
	k.n++
	return nil
}

// AppendMembers appends an object with members.
func AppendMembers(b []byte, members []Member) []byte {
	for i, m := range members {
		b = append(b, "{,"[min(i, 1)])
		b = codec.AppendString(b, string(m.Name))
		b = append(append(b, ':'), m.Value...)
	}
	return append(b, '}')
}

// AppendRequest appends the envelope of a call. A zero id and timeout and an
// empty token are left out; a nil body is {}.
func AppendRequest(b []byte, id uint64, timeout time.Duration, req *runtime.Request) ([]byte, error) {
	b = append(b, '{')
	if id != 0 {
		b = append(b, `"id":`...)
		b = strconv.AppendUint(b, id, 10)
		b = append(b, ',')
		if timeout > 0 {
			b = append(b, `"timeout":`...)
			b = strconv.AppendInt(b, timeout.Milliseconds(), 10)
			b = append(b, ',')
		}
	}
	b = append(b, `"action":`...)
	b = codec.AppendString(b, req.Action)
	if req.Token != "" {
		b = append(b, `,"token":`...)
		b = codec.AppendString(b, req.Token)
	}
	b, err := appendEnvelope(b, req.Envelope)
	if err == nil {
		b, err = appendEnvelope(b, req.Extra)
	}
	if err != nil {
		return b, err
	}
	b = append(b, `,"body":`...)
	if req.Body == nil {
		return append(b, "{}}"...), nil
	}
	b, err = req.Body.AppendJSON(b)
	return append(b, '}'), err
}

// appendEnvelope appends the members of the object that envelope is, each
// after a comma.
func appendEnvelope(b []byte, envelope runtime.Message) ([]byte, error) {
	if envelope == nil {
		return b, nil
	}
	start := len(b)
	b, err := envelope.AppendJSON(b)
	if err != nil {
		return b, err
	}
	object := bytes.TrimSpace(b[start:])
	if len(object) < 2 || object[0] != '{' || object[len(object)-1] != '}' {
		return b, runtime.Errorf(runtime.Failed, "the envelope isn't an object")
	}
	object = bytes.TrimSpace(object[1 : len(object)-1])
	if len(object) == 0 {
		return b[:start], nil
	}
	// The object's brace has made room for the comma.
	n := copy(b[start+1:], object)
	b[start] = ','
	return b[:start+1+n], nil
}

// AppendCancel appends the message that cancels the call id.
func AppendCancel(b []byte, id uint64) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendUint(b, id, 10)
	return append(b, `,"cancel":true}`...)
}

// Slack is how much longer a peer is told that a caller waits than it does. So a
// caller sees its own deadline, and not the handler's answer to it.
const Slack = 10 * time.Millisecond

// Timeout returns what a peer is told of the deadline of ctx; 0 if there is none.
func Timeout(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return max(time.Until(deadline), 0) + Slack
}
