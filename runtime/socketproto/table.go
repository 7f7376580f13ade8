package socketproto

import (
	"fmt"
	"hash/crc32"
	"iter"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// This file decides the service and data id of each action. See "Where actions are" in
// PROTOCOL.md.

const (
	// firstAction is the first of the 2³⁰ data ids that are made from names of
	// actions.
	firstAction DataID = 1 << 31

	// controlID is the data id of messages about the whole connection.
	controlID DataID = 3 << 30
)

// wireName is the key of this protocol's settings in contracts.
const wireName = "socketproto"

// An entry is the place of an action.
type entry struct {
	Address         // of its requests
	answer  Service // of its responses
	plain   bool    // messages are bodies, without an envelope
	action  string  // "" if it isn't known
}

// response returns the address of the responses.
func (e entry) response() Address { return Address{e.answer, e.DataID} }

// DataIDOf returns the data id of an action, with the service Execute, if its contract sets
// none: 2³¹ plus the lower 30 bits of the CRC-32C of the name. It is the same at both ends,
// and stays the same when the contract grows.
func DataIDOf(action string) DataID {
	return firstAction | DataID(crc32.Checksum([]byte(action), castagnoli)&(1<<30-1))
}

// entryOf returns the entry of a request's action.
func entryOf(req *runtime.Request, s *Services) (entry, error) {
	wire := ""
	if req.Info != nil {
		wire = req.Info.Wire[wireName]
	}
	return newEntry(req.Action, wire, s)
}

// newEntry returns the entry of an action with the settings wire, "" for none, in its
// contract.
func newEntry(action, wire string, s *Services) (entry, error) {
	e := entry{Address: Address{Execute, DataIDOf(action)}, answer: ExecuteResponse, action: action}
	if wire == "" {
		return e, nil
	}
	w := placement{entry: e}
	if err := codec.Unmarshal([]byte(wire), &w); err != nil {
		return entry{}, runtime.Unimplemented.Errorf("where %s is: %w", action, err)
	}
	if !w.answered {
		var ok bool
		if w.answer, ok = s.Response(w.Service); !ok {
			w.answer = w.Service + 1
		}
	}
	return w.entry, nil
}

// A placement is the settings of an action in its contract.
type placement struct {
	entry
	answered bool // it has the service of the responses
}

// DecodeJSON reads p from d. Fields without a value in d stay.
func (p *placement) DecodeJSON(d *codec.Decoder) {
	var seen uint64
	d.Object()
	for d.Member() {
		switch d.Name() {
		case "service":
			seen = d.Seen(seen, 0)
			p.Service = Service(number(d))
		case "response":
			seen = d.Seen(seen, 1)
			p.answer, p.answered = Service(number(d)), true
		case "data":
			seen = d.Seen(seen, 2)
			p.DataID = DataID(number(d))
		case "plain":
			seen = d.Seen(seen, 3)
			p.plain = d.Bool()
		default:
			d.NeverMember()
		}
	}
}

// A table has the actions that a handler performs.
type table map[Address]entry

// newTable lists the actions of h. It fails if a plain action has the same address as
// another one.
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

// find returns the entry for calls at an address. It reports false if there is none.
func (t table) find(a Address) (entry, bool) {
	if e, ok := t[a]; ok {
		return e, true
	}
	if a.Service == Execute && a.DataID >= firstAction && a.DataID < controlID {
		return entry{Address: a, answer: ExecuteResponse}, true
	}
	return entry{}, false
}
