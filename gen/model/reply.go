package model

import "strconv"

// A Reply says where a result sits in the body of a success.
type Reply struct {
	Kind ReplyKind
	Key  string // with KeyNamed: the key; with KeyFrom: the request's property
}

// ReplyKind is the kind of a Reply.
type ReplyKind int

const (
	Keyed    ReplyKind = iota // under the action's name
	Bare                      // the body is the result
	KeyNamed                  // under Reply.Key
	KeyFrom                   // under the value of the request's property Reply.Key
)

// String returns the reply as contracts write it: "keyed", "bare", "key builders"
// or "keyFrom name".
func (r Reply) String() string {
	if r.Key == "" {
		return r.Kind.String()
	}
	return r.Kind.String() + " " + r.Key
}

// String returns the word for k in contracts, or ReplyKind(n) for a number that
// is no kind.
func (k ReplyKind) String() string {
	switch k {
	case Keyed:
		return "keyed"
	case Bare:
		return "bare"
	case KeyNamed:
		return "key"
	case KeyFrom:
		return "keyFrom"
	}
	return "ReplyKind(" + strconv.Itoa(int(k)) + ")"
}

// A Stream says how the responses to one request begin and end.
type Stream struct {
	// Ack is the constant, as JSON, that opens the stream, and AckReply where
	// it sits; Ack is "" if the stream opens with its first item.
	Ack      string
	AckReply Reply

	End StreamEnd
}

// StreamEnd is how a server ends a stream on a classic connection.
type StreamEnd int

const (
	EndClose StreamEnd = iota // it closes the connection
	EndNull                   // it sends a null body, then closes
	EndNever                  // it doesn't: the client leaves
)

// String returns the word for e in contracts, or StreamEnd(n) for a number that
// is none.
func (e StreamEnd) String() string {
	switch e {
	case EndClose:
		return "close"
	case EndNull:
		return "null"
	case EndNever:
		return "never"
	}
	return "StreamEnd(" + strconv.Itoa(int(e)) + ")"
}
