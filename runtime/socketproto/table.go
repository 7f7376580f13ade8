package socketproto

import (
	"fmt"
	"hash/crc32"
	"iter"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// This file finds out where actions are: which service and data id a call of
// each one has. See "Where actions are" in PROTOCOL.md.

const (
	// firstAction is the first of the data ids that actions get from their
	// names, of which there are 2³⁰.
	firstAction DataID = 1 << 31

	// controlID is the data id of what ends say about a connection as a whole.
	controlID DataID = 3 << 30
)

// wireName is the key of what contracts have for this protocol.
const wireName = "socketproto"

// An entry is where an action is.
type entry struct {
	Address         // of its requests
	answer  Service // of its responses
	plain   bool    // messages are bodies, and nothing else
	action  string  // "" if it isn't known
}

// response returns the address of the responses.
func (e entry) response() Address { return Address{e.answer, e.DataID} }

// DataIDOf returns the data id that the action of that name has, of service
// Execute, if its contract gives it none: 2³¹ plus the lower 30 bits of the
// CRC-32C of the name. So it's the same at both ends, and stays what it is when
// a contract grows.
func DataIDOf(action string) DataID {
	return firstAction | DataID(crc32.Checksum([]byte(action), castagnoli)&(1<<30-1))
}

// entryOf returns where the action of a request is.
func entryOf(req *runtime.Request, s *Services) (entry, error) {
	wire := ""
	if req.Info != nil {
		wire = req.Info.Wire[wireName]
	}
	return newEntry(req.Action, wire, s)
}

// newEntry returns where an action is that has wire in its contract, "" if that
// is nothing.
func newEntry(action, wire string, s *Services) (entry, error) {
	e := entry{Address: Address{Execute, DataIDOf(action)}, answer: ExecuteResponse, action: action}
	if wire == "" {
		return e, nil
	}
	w := placement{entry: e}
	if err := codec.Unmarshal([]byte(wire), &w); err != nil {
		return entry{}, runtime.Errorf(runtime.Failed, "where %s is: %w", action, err)
	}
	if !w.answered {
		var ok bool
		if w.answer, ok = s.Response(w.Service); !ok {
			w.answer = w.Service + 1
		}
	}
	return w.entry, nil
}

// A placement is what a contract says of where an action is.
type placement struct {
	entry
	answered bool // it says which service answers
}

// DecodeJSON reads p from d, leaving what isn't there.
func (p *placement) DecodeJSON(d *codec.Decoder) {
	var seen uint64
	d.Object()
	for d.Member() {
		switch d.Name() {
		case "service":
			seen = d.Seen(seen, 1<<0)
			p.Service = Service(number(d))
		case "response":
			seen = d.Seen(seen, 1<<1)
			p.answer, p.answered = Service(number(d)), true
		case "data":
			seen = d.Seen(seen, 1<<2)
			p.DataID = DataID(number(d))
		case "plain":
			seen = d.Seen(seen, 1<<3)
			p.plain = d.Bool()
		default:
			d.NeverMember()
		}
	}
}

// A table has the actions that a handler performs.
type table map[Address]entry

// newTable lists the actions of h. It fails if two of them can't be told apart:
// plain ones that are at one address with another.
func newTable(h runtime.Handler, s *Services) (table, error) {
	t := table{}
	lister, ok := h.(interface {
		Actions() iter.Seq[*runtime.Action]
	})
	if h == nil || !ok {
		return t, nil
	}
	for a := range lister.Actions() {
		e, err := newEntry(a.Name, a.Wire[wireName], s)
		if err != nil {
			return nil, err
		}
		was, taken := t[e.Address]
		if taken && (e.plain || was.plain) {
			return nil, fmt.Errorf("socketproto: %s and %s are both at service %d, data %d", min(was.action, e.action), max(was.action, e.action), e.Service, e.DataID)
		}
		if taken && was.answer != e.answer {
			return nil, fmt.Errorf("socketproto: %s and %s have requests at one place and responses at two", min(was.action, e.action), max(was.action, e.action))
		}
		t[e.Address] = e
	}
	return t, nil
}

// find returns what is known of the calls at an address. It reports false if
// there are none.
func (t table) find(a Address) (entry, bool) {
	if e, ok := t[a]; ok {
		return e, true
	}
	if a.Service == Execute && a.DataID >= firstAction && a.DataID < controlID {
		return entry{Address: a, answer: ExecuteResponse}, true
	}
	return entry{}, false
}
