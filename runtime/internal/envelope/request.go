package envelope

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A Request is the parsed envelope of a request. Its slices are parts of the frame. The
// syntax of Body isn't checked: its decoder does that.
type Request struct {
	Token  string
	Action string
	Body   []byte // nil if the request has none

	ID      uint64 // 0 if the request has none
	Timeout time.Duration
	Cancels bool
	Uploads bool   // items are going to follow
	Item    []byte // an item of the upload of call ID; nil if there is none
	Ends    bool   // the upload of call ID is complete
	Pings   bool

	Rest []Member // the other keys
}

// ExplainRequest returns why the request in frame p failed: an error about the frame's
// syntax if it isn't JSON, otherwise err.
func ExplainRequest(p []byte, depth int, err *runtime.Error) *runtime.Error {
	if bad := malformed(p, depth); bad != nil {
		return badRequest(bad)
	}
	return err
}

// A Member is one key of an envelope.
type Member struct {
	Name  []byte // without quotes or escapes
	Value []byte
}

// maxMembers limits the number of keys in an envelope.
const maxMembers = 64

// ParseRequest parses the frame p, whose nesting depth limits. An error is a
// *runtime.Error for the peer. Then req.ID is still set if it stood before the mistake.
//
// On entry, Token and Action of req may be those of the previous request: peers mostly
// send the same ones, which then need no new strings.
func ParseRequest(p []byte, depth int, req *Request) error {
	last := *req
	*req = Request{}
	if req.parsePlain(p, depth, &last) || ParseItem(p, depth, req) {
		return nil
	}
	*req = Request{}
	return req.parse(p, depth, &last)
}

// parse is ParseRequest for any request. Req is empty, and last is the previous request.
func (req *Request) parse(p []byte, depth int, last *Request) error {
	s := scanner{b: p, depth: depth}
	if s.space() != '{' {
		s.value()
		s.end()
		switch {
		case len(p) == 0:
			return ErrEmpty
		case s.err != nil:
			return badRequest(s.err)
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
		return badRequest(s.err)
	}
	if seen.n == 0 {
		return ErrEmpty
	}
	return req.settle(token, action, last)
}

// parsePlain is ParseRequest for requests in the form that AppendRequest writes, as most
// are in persistent mode. It reports false for others. Last is the previous request.
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

// ParseItem is ParseRequest for an item in the form that AppendItem writes. It reports false
// for everything else, and then leaves req as it was.
func ParseItem(p []byte, depth int, req *Request) bool {
	id, rest, ok := PeekID(p)
	if !ok || id == 0 {
		return false
	}
	s := scanner{b: p, i: len(p) - len(rest), depth: depth - 1}
	if !s.skip(`"item":`) {
		return false
	}
	at := s.i
	s.pass()
	if s.err != nil || string(p[s.i:]) != "}" {
		return false
	}
	*req = Request{ID: id, Item: p[at:s.i]}
	return true
}

// skip skips text, or reports false if something else follows.
func (s *scanner) skip(text string) bool {
	if s.err != nil || len(s.b)-s.i < len(text) || string(s.b[s.i:s.i+len(text)]) != text {
		return false
	}
	s.i += len(text)
	return true
}

// plainString skips name, which includes its colon, and a string without escapes. It isn't
// ok if something else follows.
func (s *scanner) plainString(name string) (text []byte, ok bool) {
	if !s.skip(name) || s.i == len(s.b) || s.b[s.i] != '"' {
		return nil, false
	}
	text, escaped := s.string()
	return text, s.err == nil && !escaped
}

// settle checks the values in the order of the Python peers: first the token, then the
// action. Last is the previous request.
func (req *Request) settle(token, action []byte, last *Request) error {
	if req.ID != 0 {
		if err := req.persistent(action == nil); err != nil {
			return err
		}
	}
	switch {
	case token == nil || falsy(token):
	case token[0] != '"':
		return runtime.AsError(runtime.BadCredentials)
	default:
		req.Token = textAgain(token, last.Token)
	}
	switch {
	case action == nil || falsy(action):
	case action[0] != '"':
		return runtime.BadRequest.Errorf("action: a string is expected")
	default:
		req.Action = textAgain(action, last.Action)
	}
	return nil
}

// persistent moves the keys of persistent mode out of Rest. Without an id, they belong
// to the service; so do those of an upload beside an action.
func (req *Request) persistent(noAction bool) error {
	rest := req.Rest[:0]
	for _, m := range req.Rest {
		switch name := string(m.Name); {
		case name == "timeout":
			if req.Timeout = timeout(m.Value); req.Timeout == 0 {
				return runtime.BadRequest.Errorf("timeout: a positive number of milliseconds is expected")
			}
		case name == "cancel":
			req.Cancels = string(m.Value) == "true"
		case name == "upload":
			req.Uploads = string(m.Value) == "true"
		case name == "item" && noAction:
			req.Item = m.Value
		case name == "end" && noAction:
			req.Ends = string(m.Value) == "true"
		case name == "ping" && noAction:
			req.Pings = string(m.Value) == "true"
		default:
			rest = append(rest, m)
		}
	}
	req.Rest = rest
	return nil
}

// maxTimeout is longer than any real timeout, and small enough to add to the current time.
const maxTimeout = 100 * 365 * 24 * time.Hour

// timeout returns the duration in the key timeout, or 0 if the value isn't valid.
func timeout(value []byte) time.Duration {
	ms := min(positive(value), uint64(maxTimeout/time.Millisecond))
	return time.Duration(ms) * time.Millisecond
}

// ErrEmpty is the error of an empty request.
var ErrEmpty = runtime.BadRequest.Errorf("empty request")

var errNoObject = runtime.BadRequest.Errorf("the request isn't an object")

// badRequest returns err, which is about the syntax of a request, as a peer is told it.
func badRequest(err error) *runtime.Error { return runtime.BadRequest.Errorf("%w", err) }

// text returns the text of a JSON string.
func text(value []byte) string {
	t := value[1 : len(value)-1]
	return unquote(t, bytes.IndexByte(t, '\\') >= 0)
}

// textAgain is text, but returns last if that is equal, to save an allocation.
func textAgain(value []byte, last string) string {
	if t := value[1 : len(value)-1]; string(t) == last && bytes.IndexByte(t, '\\') < 0 {
		return last
	}
	return text(value)
}

// again returns text as a string, or last if that is equal, to save an allocation.
func again(text []byte, last string) string {
	if string(text) == last {
		return last
	}
	return string(text)
}

// positive returns the value of a positive integer without fraction and exponent, or 0 for
// any other value.
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

// keys are the keys of an envelope so far.
type keys struct {
	n    int
	room [8][]byte // the first ones, without an allocation
	more [][]byte  // the others
}

// add refuses a duplicate key: parsers disagree on which one counts, so one peer might
// check a value that another doesn't use.
func (k *keys) add(name []byte) error {
	for _, known := range [][][]byte{k.room[:min(k.n, len(k.room))], k.more} {
		for _, n := range known {
			if bytes.Equal(n, name) {
				return runtime.BadRequest.Errorf("key %q stands twice in the envelope", name[:min(len(name), 32)])
			}
		}
	}
	switch {
	case k.n < len(k.room):
		k.room[k.n] = name
	case k.n < maxMembers:
		k.more = append(k.more, name)
	default:
		return runtime.BadRequest.Errorf("more than %d keys in the envelope", maxMembers)
	}
	k.n++
	return nil
}

// AppendMembers appends an object with these members.
func AppendMembers(b []byte, members []Member) []byte {
	for i, m := range members {
		b = append(b, "{,"[min(i, 1)])
		b = codec.AppendString(b, string(m.Name))
		b = append(append(b, ':'), m.Value...)
	}
	return append(b, '}')
}

// AppendRequest appends the envelope of a request. It leaves out a zero id or timeout and
// an empty token, and writes a nil body as {}. It announces an upload. An error is a bad
// request.
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
		return b, requestError(req, err)
	}
	if id != 0 && req.Upload != nil {
		b = append(b, `,"upload":true`...)
	}
	b = append(b, `,"body":`...)
	if req.Body == nil {
		return append(b, "{}}"...), nil
	}
	b, err = appendBody(b, req.Body)
	if err != nil {
		return b, requestError(req, err)
	}
	return append(b, '}'), nil
}

// appendBody appends a body. An error says where in the body it is.
func appendBody(b []byte, body runtime.Message) ([]byte, error) {
	start := len(b)
	b, err := body.AppendJSON(b)
	if err != nil {
		return b, codec.EncodeError(b[start:], err)
	}
	return b, nil
}

// requestError returns the error of a call whose request can't be encoded because of err.
func requestError(req *runtime.Request, err error) *runtime.Error {
	return runtime.BadRequest.Errorf("request of %s: %w", req.Action, err)
}

// appendEnvelope appends the members of the object envelope, each after a comma.
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
		return b, errors.New("the envelope isn't an object")
	}
	object = bytes.TrimSpace(object[1 : len(object)-1])
	if len(object) == 0 {
		return b[:start], nil
	}
	// The comma takes the place of the opening brace.
	n := copy(b[start+1:], object)
	b[start] = ','
	return b[:start+1+n], nil
}

// AppendItem appends an item of the upload of the call with this id. An error is a bad
// request.
func AppendItem(b []byte, id uint64, action string, item runtime.Message) ([]byte, error) {
	b = append(b, `{"id":`...)
	b = strconv.AppendUint(b, id, 10)
	b, err := appendBody(append(b, `,"item":`...), item)
	if err != nil {
		return b, runtime.BadRequest.Errorf("item of %s: %w", action, err)
	}
	return append(b, '}'), nil
}

// AppendItemsEnd appends the message after the last item of the call with this id.
func AppendItemsEnd(b []byte, id uint64) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendUint(b, id, 10)
	return append(b, `,"end":true}`...)
}

// AppendCancel appends the message that cancels the call with this id.
func AppendCancel(b []byte, id uint64) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendUint(b, id, 10)
	return append(b, `,"cancel":true}`...)
}

// AppendPing appends the message that asks for a sign of life by this id.
func AppendPing(b []byte, id uint64) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendUint(b, id, 10)
	return append(b, `,"ping":true}`...)
}

// Slack is added to a caller's deadline when it is sent to the peer. So the caller sees its
// own deadline pass, not the peer's answer to it.
const Slack = 10 * time.Millisecond

// Timeout returns the timeout to send to a peer for the deadline of ctx, or 0 if there is
// none.
func Timeout(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return max(time.Until(deadline), 0) + Slack
}
