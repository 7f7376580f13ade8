package runtime

// A Reply says where a result sits in the body of a response.
type Reply struct {
	kind replyKind
	name string
}

type replyKind int

const (
	replyKeyed replyKind = iota
	replyBare
	replyKey
	replyKeyFrom
)

// Keyed puts a result under the name of the action: {"list-funcs": result}. It is the
// zero Reply. With Bare, the result is the whole body.
var (
	Keyed = Reply{}
	Bare  = Reply{kind: replyBare}
)

// Key puts a result under name.
func Key(name string) Reply { return Reply{replyKey, name} }

// KeyFrom puts a result under the value of the request's parameter of that
// name.
func KeyFrom(parameter string) Reply { return Reply{replyKeyFrom, parameter} }

// ResultKey returns the key of the body under which a call of a has its results. Ok is false if
// a result is the whole body. The key of a KeyFrom is "" if the request lacks the
// parameter, or it isn't a string.
func (r Reply) ResultKey(a *Action, req *Request) (key string, ok bool) {
	switch r.kind {
	case replyBare:
		return "", false
	case replyKey:
		return r.name, true
	case replyKeyFrom:
		return req.parameter(r.name), true
	}
	return a.Name, true
}
