package tinyproto

import "fmt"

// A Signal is a byte that one end sends instead of a greeting, or as the answer to a size.
// All except SignalOK are errors: test for them with errors.Is in the errors of Dial and
// Conn.Transmit.
type Signal byte

// The signals. Cases "init-handshake", "raw-size-too-big-f1000000" and
// "peer-handshake-fe" of the transcript have the first three. No known peer sends the last
// one, but a sender understands it ("peer-answers-fd").
const (
	SignalOK        Signal = 0xFF // a greeting, or: send the message
	SignalError     Signal = 0x00 // the message is over the receiver's limit
	SignalConnLimit Signal = 0xFE // the server has too many connections
	SignalConflict  Signal = 0xFD
)

// Error returns the meaning of the signal where SignalOK was expected.
func (s Signal) Error() string {
	switch s {
	case SignalOK:
		return "accepted"
	case SignalError:
		return "refused by the peer"
	case SignalConnLimit:
		return "refused by the peer: too many connections"
	case SignalConflict:
		return "refused by the peer: conflict"
	}
	return fmt.Sprintf("answered with %#02x, which means nothing", byte(s))
}
