package runtime

// An Action is what a contract says about an action, as far as a runtime needs to know.
// Generated code has one for each action. It must not be changed.
type Action struct {
	// Name is the action's name on the wire.
	Name string

	// Reply says where the result, or a stream's item, sits in a body.
	Reply Reply

	// Stream says that a request is answered by a stream: any number of responses.
	Stream bool

	// Upload says that a request is followed by a stream of items from the caller.
	Upload bool

	// Ack is the constant, as JSON, that opens a stream; "" if there is none. AckReply
	// says where it sits in its body.
	Ack      string
	AckReply Reply

	// End is how a stream ends on a connection that serves one call.
	End StreamEnd

	// Idempotent says that a request may be sent again when it isn't known whether the
	// peer has seen it.
	Idempotent bool

	// NoAuth says that calls of the action aren't authenticated.
	NoAuth bool

	// Secret says that requests or responses hold secret values. The runtime never logs
	// bodies; interceptors that do must leave these out.
	Secret bool

	// Wire is what the contract says for particular protocols: JSON, by the protocol's
	// name. If nil, there is nothing.
	Wire map[string]string
}

// StreamEnd is how a stream ends on a connection that serves one call.
type StreamEnd int

// The ways a stream ends.
const (
	EndClose StreamEnd = iota // the server closes the connection
	EndNull                   // the server sends a null body, then closes
	EndNever                  // it doesn't; the client leaves
)
