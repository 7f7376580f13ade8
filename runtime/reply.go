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

// Keyed puts a result under the name of the action: {"list-funcs": result}.
// It is the zero Reply. Bare makes the result itself the body.
var (
	Keyed = Reply{}
	Bare  = Reply{kind: replyBare}
)

// Key puts a result under name.
func Key(name string) Reply { return Reply{replyKey, name} }

// KeyFrom puts a result under the value of the request's parameter of that
// name.
func KeyFrom(parameter string) Reply { return Reply{replyKeyFrom, parameter} }

// In returns the key under which the results of a call of a sit in a body. It is not ok
// if a result is the whole body. A key that depends on the request is "" if the request
// doesn't have it.
func (r Reply) In(a *Action, req *Request) (key string, ok bool) {
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
