package envelope

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A Response is the parsed envelope of a response. Body is a part of the frame. Its syntax
// isn't checked: its decoder does that.
type Response struct {
	Code   runtime.Code
	about  *about // nil if there is nothing of it
	Body   []byte // nil if the response has none
	ID     uint64 // 0 if the response has none
	More   bool   // an item of a stream, not its end
	Goaway bool
	Grant  int  // how many more bytes of items may be sent
	Empty  bool // an empty frame, which ends a classic stream
}

// About is what an error of our own peers has beside its code and body. Data is a part of
// the frame; nil if there is none.
type about struct {
	name, reason, pointer string
	data                  []byte
}

// setAbout sets what a response has under key, if that says something of an error. A value
// of another type is ignored.
func (r *Response) setAbout(key string, value []byte) {
	switch key {
	case "name", "reason", "pointer", "data":
	default:
		return
	}
	if r.about == nil {
		r.about = new(about)
	}
	switch a := r.about; {
	case key == "data":
		a.data = value
	case value[0] != '"':
	case key == "name":
		a.name = text(value)
	case key == "reason":
		a.reason = text(value)
	default:
		a.pointer = text(value)
	}
}

// appendAbout appends the name, reason, pointer and data of err, each after a comma.
func appendAbout(b []byte, err *runtime.Error) []byte {
	for _, m := range [...]struct{ key, value string }{
		{`,"name":`, err.Name}, {`,"reason":`, string(err.Reason)}, {`,"pointer":`, err.Pointer},
	} {
		if m.value != "" {
			b = codec.AppendString(append(b, m.key...), m.value)
		}
	}
	if err.Data == nil {
		return b
	}
	if whole, failed := err.Data.AppendJSON(append(b, `,"data":`...)); failed == nil {
		return whole
	}
	return b
}

// parsePlain is ParseResponse for responses in the form that AppendResponse writes, as
// most are. It reports false for others.
func (r *Response) parsePlain(p []byte) bool {
	id, rest, ok := PeekID(p)
	if !ok {
		return false
	}
	more := false
	body, ok := bytes.CutPrefix(rest, []byte(`"code":0,"body":`))
	if !ok {
		if body, more = bytes.CutPrefix(rest, []byte(`"code":0,"more":true,"body":`)); !more {
			return false
		}
	}
	s := scanner{b: body, depth: responseDepth - 1}
	s.pass()
	if s.err != nil || string(body[s.i:]) != "}" {
		return false
	}
	r.ID, r.More, r.Body = id, more, body[:s.i]
	return true
}

// PeekID returns the id of a message that begins with it, as ours do, and the bytes after
// the comma that follows it.
func PeekID(p []byte) (id uint64, rest []byte, ok bool) {
	const most = 18 // that many digits always fit
	rest, ok = bytes.CutPrefix(p, []byte(`{"id":`))
	if !ok {
		return 0, nil, false
	}
	for i, c := range rest[:min(len(rest), most+1)] {
		switch {
		case c >= '0' && c <= '9' && (c > '0' || i > 0):
			id = id*10 + uint64(c-'0')
		case c == ',' && i > 0:
			return id, rest[i+1:], true
		default:
			return 0, nil, false
		}
	}
	return 0, nil, false
}

// ExplainResponse returns why the response in frame p was refused: an error about the
// frame's syntax if it isn't JSON, otherwise err.
func ExplainResponse(p []byte, err error) error {
	if bad := malformed(p, responseDepth); bad != nil {
		return badResponse(bad)
	}
	return err
}

// responseDepth limits the nesting of responses. It is generous, since the caller has
// chosen the peer.
const responseDepth = 10000

// ParseResponse parses the frame p. The reason of an error is BadResponse.
func ParseResponse(p []byte, resp *Response) error {
	*resp = Response{}
	if resp.parsePlain(p) {
		return nil
	}
	s := scanner{b: p, depth: responseDepth}
	if s.space() != '{' {
		if len(p) == 0 {
			resp.Empty = true
			return nil
		}
		s.value()
		s.end()
		if s.err != nil {
			return badResponse(s.err)
		}
		return runtime.BadResponse.Errorf("the response isn't an object")
	}
	var seen keys
	for s.open(); s.member('}'); {
		name, escaped := s.name()
		if escaped {
			name = []byte(unquote(name, true))
		}
		s.space()
		at := s.i
		if string(name) == "body" {
			s.pass()
		} else {
			s.value()
		}
		if s.err != nil {
			break
		}
		if err := seen.add(name); err != nil {
			return badResponse(err)
		}
		value := p[at:s.i]
		switch string(name) {
		case "code":
			code, ok := parseCode(value)
			if !ok {
				return runtime.BadResponse.Errorf("bad code in the response: %.40s", value)
			}
			resp.Code = code
		case "body":
			resp.Body = value
		case "id":
			resp.ID = positive(value)
		case "more":
			resp.More = string(value) == "true"
		case "goaway":
			resp.Goaway = string(value) == "true"
		case "grant":
			resp.Grant = int(min(positive(value), math.MaxInt32))
		default:
			resp.setAbout(string(name), value)
		}
	}
	s.end()
	if s.err != nil {
		return badResponse(s.err)
	}
	resp.Empty = seen.n == 0
	return nil
}

func badResponse(err error) error {
	return runtime.BadResponse.Errorf("bad response: %w", err)
}

// parseCode reads a code like Python's int, which classic clients use: it cuts off
// fractions, true is 1, and a string may hold an integer with blanks around it. It isn't
// ok if int would fail.
func parseCode(value []byte) (code runtime.Code, ok bool) {
	switch value[0] {
	case 't':
		return 1, true
	case 'f':
		return 0, true
	case 'n', '[', '{':
		return 0, false
	case '"':
		return parseInt(text(value))
	}
	f, err := strconv.ParseFloat(string(value), 64)
	if err != nil || math.Abs(f) > math.MaxInt32 {
		return runtime.Failed, true
	}
	return FromWire(int64(f)), true
}

// parseInt reads an integer from a string like Python's int.
func parseInt(s string) (code runtime.Code, ok bool) {
	s = strings.TrimSpace(s)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" {
		return 0, false
	}
	for i, c := range []byte(digits) {
		if c == '_' && i > 0 && i < len(digits)-1 && digits[i-1] != '_' {
			continue
		}
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 10, 32)
	if err != nil {
		return runtime.Failed, true // too large for any code
	}
	return FromWire(n), true
}

// AppendGrant appends the message that lets a peer send n more bytes of items for the call
// with this id.
func AppendGrant(b []byte, id uint64, n int) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendUint(b, id, 10)
	b = append(b, `,"grant":`...)
	return append(strconv.AppendInt(b, int64(n), 10), '}')
}

// Err returns the error in the response, or nil for a success.
func (r *Response) Err() *runtime.Error {
	if r.Code == runtime.OK {
		return nil
	}
	err := &runtime.Error{Code: r.Code, Message: ErrorText(r.Body)}
	if a := r.about; a != nil {
		err.Name, err.Reason, err.Pointer = a.name, runtime.Reason(a.reason), a.pointer
		if a.data != nil {
			err.Data = new(runtime.Raw(bytes.Clone(a.data)))
		}
	}
	switch {
	case err.Reason == "" && err.Name == "":
		err.Reason = classicReason(err)
	case err.Reason == runtime.Unavailable, err.Reason == runtime.BadResponse:
		err.Reason = runtime.Internal // these are what a client finds itself
	}
	if r.Body != nil && string(r.Body) != string(appendErrorBody(nil, err)) {
		err.Body = new(runtime.Raw(bytes.Clone(r.Body)))
	}
	return err
}

// classicReason returns the reason of an error that every classic server knows, by its
// code and words; see the rows with codes 2 and 3 in testdata/wire/tpp.
func classicReason(err *runtime.Error) runtime.Reason {
	for _, r := range [...]runtime.Reason{runtime.NoCredentials, runtime.BadCredentials} {
		if known := runtime.AsError(r); err.Code == known.Code && err.Message == known.Message {
			return r
		}
	}
	return ""
}

// Result returns the body of a success. It is an error if there is none.
func (r *Response) Result() (runtime.Raw, error) {
	switch {
	case r.Empty:
		return nil, runtime.BadResponse.Errorf("the response is empty")
	case r.Body == nil:
		return nil, runtime.BadResponse.Errorf("the response has no body")
	}
	return r.Body, nil
}

// ErrorText returns the text in the body of an error, which has one of three forms:
// {"error": text}, the text alone, or {action: "error", "error": text}. Of any other
// body it returns the beginning.
func ErrorText(body []byte) string {
	if len(body) == 0 || string(body) == "null" {
		return ""
	}
	if body[0] == '"' {
		return text(body)
	}
	if body[0] == '{' {
		s := scanner{b: body, depth: responseDepth}
		for s.open(); s.member('}'); {
			name, escaped := s.name()
			s.space()
			at := s.i
			s.value()
			if unquote(name, escaped) != "error" {
				continue
			}
			if value := body[at:s.i]; value[0] == '"' {
				return text(value)
			} else {
				return string(value)
			}
		}
	}
	const enough = 200
	if len(body) > enough {
		return strings.ToValidUTF8(string(body[:enough]), "") + "…"
	}
	return string(bytes.Clone(body))
}

// AppendResponse appends a successful response or, with more, an item of a stream. It
// leaves out a nil body.
func AppendResponse(b []byte, id uint64, more bool, body runtime.Message) ([]byte, error) {
	b = appendID(b, id)
	b = append(b, `"code":0`...)
	if more {
		b = append(b, `,"more":true`...)
	}
	if body == nil {
		return append(b, '}'), nil
	}
	b, err := appendBody(append(b, `,"body":`...), body)
	return append(b, '}'), err
}

// AppendError appends the response for err. To a classic peer, whose request had no id, it
// sends the code and the body alone.
func AppendError(b []byte, id uint64, err *runtime.Error) []byte {
	b = appendError(appendID(b, id), err)
	if id != 0 {
		b = appendAbout(b, err)
	}
	return append(b, '}')
}

// AppendRefusal appends what a peer is told of a connection that ends with err before
// anything is known of the peer.
func AppendRefusal(b []byte, err *runtime.Error) []byte {
	return append(appendAbout(appendError(append(b, '{'), err), err), '}')
}

// AppendEnd appends the response for an err that ends the connection. If calls were served
// on it, the response is also a goaway, so that the peer doesn't take it as a classic
// answer to one of them.
func AppendEnd(b []byte, served bool, err *runtime.Error) []byte {
	if served {
		b = append(b, `{"goaway":true,`...)
		return append(appendAbout(appendError(b, err), err), '}')
	}
	return append(appendError(append(b, '{'), err), '}')
}

// appendError appends the code and the body of err.
func appendError(b []byte, err *runtime.Error) []byte {
	b = append(b, `"code":`...)
	b = strconv.AppendInt(b, onWire(err.Code), 10)
	if err.Body != nil {
		if whole, failed := err.Body.AppendJSON(append(b, `,"body":`...)); failed == nil {
			return whole
		}
	}
	return appendErrorBody(append(b, `,"body":`...), err)
}

// appendErrorBody appends the body of an error that doesn't say how that looks.
func appendErrorBody(b []byte, err *runtime.Error) []byte {
	words := err.Message
	if words == "" {
		words = "code " + err.Code.String()
	}
	return append(codec.AppendString(append(b, `{"error":`...), words), '}')
}

// appendID appends the beginning of a response.
func appendID(b []byte, id uint64) []byte {
	b = append(b, '{')
	if id != 0 {
		b = append(b, `"id":`...)
		b = strconv.AppendUint(b, id, 10)
		b = append(b, ',')
	}
	return b
}

// Goaway is the message that asks a client to make no new calls on a connection.
const Goaway = `{"goaway":true}`
