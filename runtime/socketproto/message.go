package socketproto

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A Message is what one end sends to the other.
type Message struct {
	Status  Status
	Service Service
	DataID  DataID

	// Data is one JSON value. Nil is null.
	Data json.RawMessage
}

// Address returns the service and data id of the message.
func (m Message) Address() Address { return Address{m.Service, m.DataID} }

// A Service says what kind of message it is. A service of requests is paired with a service
// of responses, such as Read and ReadResponse. See Services.AddService for your own.
type Service uint32

// The predefined services.
const (
	Auth                Service = 0
	AuthResponse        Service = 1
	ChannelName         Service = 8
	ChannelNameResponse Service = 9
	Read                Service = 10
	ReadResponse        Service = 11
	Write               Service = 20
	WriteResponse       Service = 21
	Execute             Service = 30
	ExecuteResponse     Service = 31
)

// A DataID distinguishes messages of one service. Those from 2³¹ on are for calls; see
// PROTOCOL.md.
type DataID uint32

// Data ids of the messages that the package exchanges itself.
const (
	AuthSeed      DataID = 0 // a request for a seed, and the seed
	AuthKey       DataID = 1 // the key, and the verdict on it
	ChannelNameID DataID = 0 // the name of the channel
)

// Any means every service, or every data id, in Services.Register, Receive and the
// whitelist. No message has it.
const Any = math.MaxUint32

// An Address is a service and a data id.
type Address struct {
	Service Service
	DataID  DataID
}

// covers reports whether a matches b: each part is equal, or Any in a.
func (a Address) covers(b Address) bool {
	return (a.Service == Any || a.Service == b.Service) && (a.DataID == Any || a.DataID == b.DataID)
}

// A Status is the outcome of a request. Programs define those from 7 on.
type Status uint32

// The predefined statuses.
const (
	Okay          Status = 0
	Buffering     Status = 1 // no callback handles it; it is kept for Receive
	CallbackError Status = 2
	AuthRequired  Status = 3
	Unknown       Status = 4 // there is no such service or data id
	ChecksumError Status = 5
	NotPermitted  Status = 6
	firstOwn      Status = 7
)

var statusNames = map[Status]string{
	Okay:          "okay",
	Buffering:     "buffering unhandled request",
	CallbackError: "callback error",
	AuthRequired:  "authentication required",
	Unknown:       "service or data unknown",
	ChecksumError: "checksum error",
	NotPermitted:  "operation not permitted",
}

// String returns the name of a predefined status, or the number of another one.
// Services.StatusName also has your names.
func (s Status) String() string {
	if name, ok := statusNames[s]; ok {
		return name
	}
	return fmt.Sprintf("status %d", uint32(s))
}

// DecodeJSON reads m from d; see "The JSON layout" in PROTOCOL.md.
func (m *Message) DecodeJSON(d *codec.Decoder) {
	*m = Message{}
	var seen uint64
	at := d.Object()
	for d.Member() {
		switch d.Name() {
		case "status":
			seen = d.Seen(seen, 2)
			m.Status = Status(number(d))
		case "service_id":
			seen = d.Seen(seen, 0)
			m.Service = Service(number(d))
		case "data_id":
			seen = d.Seen(seen, 1)
			m.DataID = DataID(number(d))
		case "data":
			seen = d.Seen(seen, 3)
			if !d.Null() {
				m.Data = d.Raw()
			}
		default:
			d.Skip()
		}
	}
	d.Require(at, seen, "service_id", "data_id")
}

// number reads an id or a status.
func number(d *codec.Decoder) uint32 {
	at := d.Offset()
	n := d.Uint64()
	if n >= Any {
		d.Fail(at, "a number below 4294967295")
		return 0
	}
	return uint32(n)
}
